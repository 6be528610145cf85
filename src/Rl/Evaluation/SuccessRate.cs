namespace AgentTeams.Rl;

/// <summary>How often something worked.</summary>
/// <param name="Successes">How often it worked.</param>
/// <param name="Trials">How often it was tried.</param>
public sealed record SuccessRate(int Successes, int Trials)
{
    /// <summary>Successes as a part of trials, 0 to 1; 0 without trials.</summary>
    public double Rate => Trials == 0 ? 0 : (double)Successes / Trials;

    /// <summary>The 95 % score interval of the rate.</summary>
    public WilsonInterval Interval => WilsonInterval.Of(Successes, Trials);

    /// <summary>
    /// Counts the trajectories that succeeded. One that failed to complete is no success, whatever made it fail; but where all of them failed
    /// for reasons that are not the roles', there is nothing to count.
    /// </summary>
    /// <param name="trajectories">The trajectories.</param>
    /// <param name="succeeded">Whether a completed trajectory succeeded.</param>
    /// <exception cref="RolloutsFailedException">All runs broke; the message tells the commonest cause.</exception>
    public static SuccessRate Of(IReadOnlyCollection<Trajectory> trajectories, Func<Trajectory, bool> succeeded)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        if (RolloutsFailedException.IsAll(trajectories)) throw new RolloutsFailedException("The evaluation measured nothing", trajectories);
        return new(trajectories.Count(t => t.Status == TrajectoryStatus.Completed && succeeded(t)), trajectories.Count);
    }
}
