namespace AgentTeams.Rl;

/// <summary>When a training is told to be unwell. A window is compared with the first window of the training, or of what was seen of it since it was resumed.</summary>
public sealed record HealthOptions : IChecked
{
    /// <summary>How many steps make a window.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int Window { get; init; } = 10;

    /// <summary>The part of the groups without any difference in reward, from which too little is learned.</summary>
    /// <value>0 to 1; 0.8 by default.</value>
    public double DeadGroups { get; init; } = 0.8;

    /// <summary>A policy's entropy as a part of what it was in the first window, under which it hardly explores.</summary>
    /// <value>0 to 1; 0.1 by default.</value>
    public double EntropyLeft { get; init; } = 0.1;

    /// <summary>How many times the median of the window a gradient's norm may be.</summary>
    /// <value>Above 1; 10 by default.</value>
    public double GradientSpike { get; init; } = 10;

    /// <summary>The mean difference, in nats a token, between what sampled and what trains.</summary>
    /// <value>Positive; 0.1 by default.</value>
    public double LogProbDrift { get; init; } = 0.1;

    /// <summary>How many times its first length a role's completions may have.</summary>
    /// <value>Above 1; 2 by default.</value>
    public double LengthGrowth { get; init; } = 2;

    /// <summary>How much one reward may rise while the outcome falls as much, in parts of the reward's own deviation: the sign of a reward that is played.</summary>
    /// <value>Positive; 0.25 by default.</value>
    public double RewardsApart { get; init; } = 0.25;

    /// <summary>The part of a shared policy's gradient that one of its roles may have (arXiv 2605.24202: the dominant role captures a shared policy).</summary>
    /// <value>0 to 1; 0.9 by default. <see cref="RlOptions.BalanceRoles"/> is the remedy.</value>
    public double GradientShare { get; init; } = 0.9;

    /// <summary>The name of the reward that success is measured by.</summary>
    /// <value><c>outcome</c> by default.</value>
    public string Outcome { get; init; } = "outcome";

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, Window).Within(0, 1, DeadGroups).Within(0, 1, EntropyLeft).Require(GradientSpike > 1, GradientSpike, "a number above 1").Positive(LogProbDrift)
        .Require(LengthGrowth > 1, LengthGrowth, "a number above 1").Positive(RewardsApart).Within(0, 1, GradientShare)
        .RequireThat(Outcome.Length > 0, "Outcome is empty; name the reward that success is measured by.");
}

/// <summary>A sign that a training is not well.</summary>
/// <param name="Sign">Which one.</param>
/// <param name="Where">The role or policy that shows it; empty for the team.</param>
/// <param name="Message">What was seen, and what helps.</param>
public sealed record HealthWarning(HealthSign Sign, string Where, string Message)
{
    /// <summary>The run that shows it best; null where no single one does.</summary>
    public string? TrajectoryId { get; init; }

    /// <summary>The turn in it; null where no single one shows it.</summary>
    public int? Turn { get; init; }
}

/// <summary>The signs.</summary>
public enum HealthSign
{
    /// <summary>Most groups have no difference in reward.</summary>
    DeadGroups,

    /// <summary>A policy has nearly stopped to explore.</summary>
    EntropyCollapse,

    /// <summary>A gradient is far larger than those before.</summary>
    GradientSpike,

    /// <summary>What samples and what trains have drifted apart.</summary>
    LogProbDrift,

    /// <summary>A role's completions become longer and longer.</summary>
    LengthGrowth,

    /// <summary>A shaped reward rises while the outcome falls.</summary>
    RewardHacking,

    /// <summary>One role has nearly all of a shared policy's gradient.</summary>
    DominantRole,
}
