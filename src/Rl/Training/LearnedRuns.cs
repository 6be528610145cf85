namespace AgentTeams.Rl;

/// <summary>Which runs are learned from, and what their invocations earned.</summary>
internal static class LearnedRuns
{
    public static bool IsLearnedFrom(RlOptions options, Trajectory trajectory) =>
        !trajectory.Rewards.IsEmpty && (trajectory.Status == TrajectoryStatus.Completed || IsPolicysFailure(options, trajectory));

    public static bool IsPolicysFailure(RlOptions options, Trajectory trajectory) =>
        options.LearnFromFailures && trajectory.Status == TrajectoryStatus.Failed && trajectory.Error?.Cause == FailureCause.Policy;

    public static IEnumerable<InvocationReturn> ReturnsOf(RlOptions options, Trajectory trajectory)
    {
        var counted = Invocations.Of(trajectory).Select(i => trajectory.Nodes[i].Id).ToHashSet(StringComparer.Ordinal);
        var returns = options.Credit.Assign(trajectory).Where(r => counted.Contains(r.Node.Id));
        return options.RejectedAnswerReturn is { } rejected
            ? returns.Concat(Invocations.Superseded(trajectory).Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], rejected)))
            : returns;
    }
}
