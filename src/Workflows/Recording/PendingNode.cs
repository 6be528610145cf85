using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>A record whose id waits until the order of the run is known.</summary>
internal sealed class PendingNode(AgentInvocation owner, TrajectoryNode content, ImmutableArray<PendingNode> parents)
{
    public AgentInvocation Owner => owner;

    public TrajectoryNode Content { get; set; } = content;

    public ImmutableArray<PendingNode> Parents => parents;

    /// <summary>The id inside its owner of a record that has one already, or null.</summary>
    public string? InnerId { get; init; }

    public bool UsesTools { get; init; }

    /// <summary>The call of the model that this tool call answers, or null.</summary>
    public string? CallId { get; init; }

    /// <summary>The place of that call among those of its round; models may give several of them one id.</summary>
    public int CallIndex { get; init; }
}
