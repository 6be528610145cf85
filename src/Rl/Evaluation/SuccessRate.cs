namespace AgentTeams;

/// <summary>How often something worked.</summary>
/// <param name="Successes">How often it worked.</param>
/// <param name="Trials">How often it was tried.</param>
public sealed record SuccessRate(int Successes, int Trials)
{
    /// <summary>Successes as a part of trials, 0 to 1; 0 without trials.</summary>
    public double Rate => Trials == 0 ? 0 : (double)Successes / Trials;

    /// <summary>The 95 % score interval of the rate.</summary>
    public WilsonInterval Interval => WilsonInterval.Of(Successes, Trials);

    /// <summary>Counts the trajectories that succeeded; one that failed to complete is a failure without being asked.</summary>
    /// <param name="trajectories">The trajectories.</param>
    /// <param name="succeeded">Whether a completed trajectory succeeded.</param>
    public static SuccessRate Of(IReadOnlyCollection<Trajectory> trajectories, Func<Trajectory, bool> succeeded)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        return new(trajectories.Count(t => t.Status == TrajectoryStatus.Completed && succeeded(t)), trajectories.Count);
    }
}
