namespace AgentTeams.Rl;

/// <summary>Every rollout of a batch failed, so there is nothing to learn from or to measure.</summary>
public sealed class RolloutsFailedException : AgentTeamsException
{
    internal RolloutsFailedException(string what, IReadOnlyCollection<Trajectory> trajectories)
        : base($"{what}: all {trajectories.Count} rollouts failed, {Commonest(trajectories)}") { }

    /// <summary>Whether a batch holds runs and none of them says anything about its roles.</summary>
    internal static bool IsAll(IReadOnlyCollection<Trajectory> trajectories) =>
        trajectories.Count > 0 && trajectories.All(IsBroken);

    /// <summary>Whether a run did not complete for reasons that are not its roles'.</summary>
    internal static bool IsBroken(Trajectory trajectory) => trajectory.Status != TrajectoryStatus.Completed && trajectory.Error?.Cause != FailureCause.Policy;

    /// <summary>The error that most of the failed runs have, with their number.</summary>
    internal static string Commonest(IEnumerable<Trajectory> trajectories)
    {
        var causes = trajectories.Where(t => t.Status != TrajectoryStatus.Completed)
            .GroupBy(t => t.Error?.Message ?? t.Nodes.LastOrDefault(n => n.Error is not null)?.Error!.Message
                ?? $"the run was recorded as {t.Status} without an error", StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).First();
        return $"{causes.Count()} of them with: {causes.Key}";
    }
}
