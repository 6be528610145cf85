using System.Collections.Frozen;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>The tools that a role has in a visit.</summary>
internal sealed class RoleTools
{
    private readonly IReadOnlyList<AIFunction> _all;
    private readonly FrozenDictionary<string, AIFunction> _byName;

    public RoleTools(IReadOnlyList<AIFunction> tools)
    {
        _all = tools;
        _byName = tools.DistinctBy(t => t.Name, StringComparer.Ordinal).ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);
        Offered = [.. tools.Select(t => new OwnBodyTool(t))];
        Names = [.. tools.Select(t => t.Name)];
        ActInWorld = tools.Any(t => t is WorldTool);
    }

    /// <summary>As a model is offered them.</summary>
    public OwnBodyTool[] Offered { get; }

    public string[] Names { get; }

    /// <summary>Whether one of them acts on a world, so that calls follow one another.</summary>
    public bool ActInWorld { get; }

    /// <summary>The tool of a name, or null.</summary>
    public AIFunction? this[string name] => _byName.GetValueOrDefault(name);

    /// <summary>These and others.</summary>
    public RoleTools With(IReadOnlyList<AIFunction> others, Role role)
    {
        if (others.Count == 0) return this;
        var all = new RoleTools([.. _all, .. others]);
        return all._byName.Count == all.Names.Length ? all
            : throw new AgentTeamsException($"The role '{role.Name}' has two tools named '{all.Names.GroupBy(n => n, StringComparer.Ordinal).First(g => g.Count() > 1).Key}', of which middleware gives it one. Rename one of them.");
    }
}
