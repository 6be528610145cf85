namespace AgentTeams.Runs;

/// <summary>Which trajectories a run keeps. What is dropped is dropped when the run has ended, since until then a resumed run needs it.</summary>
public sealed record TrajectoryRetention : IChecked
{
    private TrajectoryRetention(int? lastSteps, double share) => (LastSteps, Share) = (lastSteps, share);

    /// <summary>All of them.</summary>
    public static TrajectoryRetention All { get; } = new(null, 1);

    /// <summary>The last steps of which trajectories of reinforcement stages are kept; null for all.</summary>
    public int? LastSteps { get; }

    /// <summary>The share of tasks of which they are kept, above 0 and at most 1, drawn by their ids.</summary>
    public double Share { get; }

    /// <summary>Those of the last steps of each stage.</summary>
    public static TrajectoryRetention Last(int steps) => new(steps, 1);

    /// <summary>Those of some of the tasks, all samples of a task together.</summary>
    public static TrajectoryRetention Sample(double share) => new(null, share);

    /// <summary>Whether a trajectory stays.</summary>
    /// <param name="trajectory">The trajectory.</param>
    /// <param name="lastStep">The last step of its stage.</param>
    public bool Keeps(Trajectory trajectory, int lastStep)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        if (LastSteps is { } last && trajectory.Seed.Step <= lastStep - last) return false;
        return Share >= 1 || (double)new SeedKey(0, "retention", Task: trajectory.TaskId).ToSeed() / long.MaxValue < Share;
    }

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, LastSteps).Require(Share is > 0 and <= 1, Share, "a number above 0 and at most 1");
}
