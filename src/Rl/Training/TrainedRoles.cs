using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>Which roles a reinforcement learning step updates; the others take part as they are.</summary>
public sealed record TrainedRoles : IChecked
{
    private TrainedRoles(ImmutableArray<ImmutableArray<string>> groups, int stepsEach) => (Groups, StepsEach) = (groups, stepsEach);

    /// <summary>All roles in all steps.</summary>
    public static TrainedRoles All { get; } = new([], 1);

    /// <summary>The roles that are trained, group after group; empty for all.</summary>
    public ImmutableArray<ImmutableArray<string>> Groups { get; }

    /// <summary>How many steps a group is trained before the next one is.</summary>
    public int StepsEach { get; }

    /// <summary>Only some roles; all others are frozen.</summary>
    public static TrainedRoles Only(params IEnumerable<string> roles) => new([[.. roles]], 1);

    /// <summary>One group of roles after another, round and round (alternating best response).</summary>
    /// <param name="stepsEach">How many steps a group is trained before the next one is; at least 1.</param>
    /// <param name="groups">The groups, for example <c>["planner"], ["coder", "verifier"]</c>.</param>
    public static TrainedRoles Alternate(int stepsEach, params IEnumerable<IEnumerable<string>> groups) => new([.. groups.Select(g => g.ToImmutableArray())], stepsEach);

    /// <summary>Whether a step trains a role.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="step">The step, zero-based.</param>
    public bool Includes(string role, int step) => Groups.IsEmpty || Groups[step / StepsEach % Groups.Length].Contains(role);

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, StepsEach)
        .RequireThat(Groups.All(g => !g.IsEmpty), "Trained has a group without roles; name at least one in each.");

    /// <summary>Names a group's roles that the team does not have.</summary>
    internal void EnsureOf(Team team)
    {
        foreach (var role in Groups.SelectMany(g => g)) _ = team[role];
    }
}
