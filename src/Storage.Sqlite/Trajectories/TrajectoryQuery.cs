namespace AgentTeams.Storage;

/// <summary>Which trajectories to read; what is null does not narrow it.</summary>
public sealed record TrajectoryQuery
{
    /// <summary>The stage of the training in which they were made.</summary>
    public string? Stage { get; init; }

    /// <summary>The least training step, zero-based.</summary>
    public int? FromStep { get; init; }

    /// <summary>The greatest training step.</summary>
    public int? ToStep { get; init; }

    /// <summary>The task.</summary>
    public string? TaskId { get; init; }

    /// <summary>A role that took part.</summary>
    public string? Role { get; init; }

    /// <summary>How they ended.</summary>
    public TrajectoryStatus? Status { get; init; }

    /// <summary>What came out of them.</summary>
    public string? Outcome { get; init; }

    /// <summary>The least weighted sum of rewards.</summary>
    public double? MinReward { get; init; }

    /// <summary>The greatest weighted sum of rewards.</summary>
    public double? MaxReward { get; init; }

    /// <summary>The earliest start of the first call.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The latest start of the first call.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The most to read, in the order in which they were appended; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether a trajectory is one of those, for stores that have no columns; <see cref="Limit"/> does not count.</summary>
    /// <param name="trajectory">The trajectory.</param>
    public bool Matches(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        Check();
        var (step, reward, started) = (trajectory.Key?.Step ?? 0, TrajectoryRow.Return(trajectory.Rewards), TrajectoryRow.StartOf(trajectory));
        return (Stage is null || Stage == (trajectory.Key?.Stage ?? "")) && !(step < FromStep) && !(step > ToStep) && (TaskId is null || TaskId == trajectory.TaskId)
            && (Role is null || trajectory.Nodes.Any(n => n.Role == Role)) && (Status is null || Status == trajectory.Status) && (Outcome is null || Outcome == trajectory.Outcome)
            && !(reward < MinReward) && !(reward > MaxReward) && !(started < From?.ToUnixTimeMilliseconds()) && !(started > To?.ToUnixTimeMilliseconds());
    }

    /// <summary>Conditions with their parameters, over the columns of the store.</summary>
    /// <exception cref="AgentTeamsException">A reward to compare with is no number.</exception>
    internal IEnumerable<(string Condition, object Value)> Conditions()
    {
        Check();
        if (Stage is not null) yield return ("t.stage = {0}", Stage);
        if (FromStep is { } first) yield return (Role is null ? "t.step >= {0}" : "r.step >= {0}", first);
        if (ToStep is { } last) yield return (Role is null ? "t.step <= {0}" : "r.step <= {0}", last);
        if (TaskId is not null) yield return ("t.task = {0}", TaskId);
        if (Role is not null) yield return ("r.role = {0}", Role);
        if (Status is { } status) yield return ("t.status = {0}", status.ToString());
        if (Outcome is not null) yield return ("t.outcome = {0}", Outcome);
        if (MinReward is { } least) yield return ("t.reward >= {0}", least);
        if (MaxReward is { } most) yield return ("t.reward <= {0}", most);
        if (From is { } from) yield return ("t.started >= {0}", from.ToUnixTimeMilliseconds());
        if (To is { } to) yield return ("t.started <= {0}", to.ToUnixTimeMilliseconds());
    }

    private void Check()
    {
        if (MinReward is double.NaN || MaxReward is double.NaN) throw new AgentTeamsException($"A query's {(MinReward is double.NaN ? nameof(MinReward) : nameof(MaxReward))} is NaN, which no reward is; give a number, or null for any.");
    }
}
