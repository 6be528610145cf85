using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>Roles and the policies behind them.</summary>
/// <example>
/// <code>
/// var planner = new Role { Name = "planner", Instructions = "Name the operation." };
/// var coder = new Role { Name = "coder", Instructions = "Write the operator." };
/// var team = new Team("math", [planner, coder], ModelMap.Adapters("base", "planner", "coder"));
/// Console.WriteLine(team.Models["coder"]);   // base+coder
/// </code>
/// </example>
public sealed record Team
{
    /// <summary>Creates a team and checks that its roles and its model map agree.</summary>
    /// <param name="name">The team's name.</param>
    /// <param name="roles">The roles, each with a name of its own.</param>
    /// <param name="models">Binds exactly the team's roles.</param>
    /// <exception cref="AgentTeamsException">
    /// Lists every problem: a name used twice, a role without a model, a binding without a role, a trainable role on a frozen model,
    /// a role that is not trainable on the policy of one that is.
    /// </exception>
    public Team(string name, IEnumerable<Role> roles, ModelMap models)
    {
        ArgumentNullException.ThrowIfNull(models);
        Name = Guard.Name(name, "team name");
        Roles = [.. roles];
        Models = models;
        var problems = Problems().ToList();
        if (problems.Count > 0) throw new AgentTeamsException($"The team '{name}' is not valid: {string.Join(" ", problems)}");
    }

    /// <summary>The team's name.</summary>
    public string Name { get; }

    /// <summary>The roles, in declaration order.</summary>
    public ImmutableArray<Role> Roles { get; }

    /// <summary>The policy of each role.</summary>
    public ModelMap Models { get; }

    /// <summary>The role of that name.</summary>
    /// <exception cref="AgentTeamsException">The team has no such role.</exception>
    public Role this[string role] => Roles.FirstOrDefault(r => r.Name == role)
        ?? throw new AgentTeamsException($"The team '{Name}' has no role '{role}'. Its roles are: {string.Join(", ", Roles.Select(r => r.Name))}.");

    /// <summary>The policies that training updates, in a fixed order.</summary>
    public IReadOnlyList<PolicyId> TrainablePolicies =>
        [.. Roles.Where(r => r.Trainable && !Models.IsFrozen(r.Name)).Select(r => Models[r.Name]).Distinct()
            .OrderBy(p => p.ToString(), StringComparer.Ordinal)];

    private IEnumerable<(Role Frozen, Role Shared)> FrozenOnTrained() =>
        from frozen in Roles
        where !frozen.Trainable && Models.Bindings.ContainsKey(frozen.Name) && !Models.IsFrozen(frozen.Name)
        let shared = Roles.FirstOrDefault(r => r.Trainable && Models.Bindings.TryGetValue(r.Name, out var policy) && policy == Models[frozen.Name])
        where shared is not null
        select (frozen, shared);

    private IEnumerable<string> Problems()
    {
        if (Roles.IsEmpty) yield return "It has no roles; declare at least one.";
        foreach (var twice in Roles.GroupBy(r => r.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return $"The role name '{twice.Key}' is used {twice.Count()} times; give each role its own.";
        foreach (var problem in Roles.SelectMany(r => OptionChecks.ProblemsOf(r).Select(p => $"Role '{r.Name}': {p}"))) yield return problem;
        foreach (var role in Roles.Where(r => !Models.Bindings.ContainsKey(r.Name)))
            yield return $"The role '{role.Name}' is bound to no model; add it to the model map.";
        foreach (var bound in Models.Bindings.Keys.Where(b => Roles.All(r => r.Name != b)))
            yield return $"The model map binds '{bound}', which is no role of the team; remove it.";
        foreach (var (frozen, shared) in FrozenOnTrained())
            yield return $"The role '{frozen.Name}' is not trainable but speaks through '{Models[frozen.Name]}', which training the role '{shared.Name}' "
                + "changes; bind it to a policy of its own, for example an adapter, or let it be trained.";
        foreach (var role in Roles.Where(r => r.Trainable && Models.Bindings.ContainsKey(r.Name) && Models.IsFrozen(r.Name)))
            yield return $"The role '{role.Name}' is trainable but its model '{Models[role.Name].Model}' is frozen; set Trainable to false.";
    }
}
