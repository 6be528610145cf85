namespace AgentTeams.Rl;

/// <summary>Which runs are learned from, and what their invocations earned.</summary>
internal static class LearnedRuns
{
    public static bool IsLearnedFrom(RlOptions options, Trajectory trajectory) =>
        !trajectory.Rewards.IsEmpty && (trajectory.Status == TrajectoryStatus.Completed || IsPolicysFailure(options, trajectory));

    public static bool IsPolicysFailure(RlOptions options, Trajectory trajectory) =>
        options.LearnFromFailures && trajectory.Status == TrajectoryStatus.Failed && trajectory.Error?.Cause == FailureCause.Policy;

    /// <summary>What the invocations of a batch earned; forks that the credit rule ran may be among them.</summary>
    public static async ValueTask<List<InvocationReturn>> ReturnsOfAsync(RlOptions options, CreditContext batch, CancellationToken cancellationToken)
    {
        var credited = await options.Credit.AssignAsync(batch, cancellationToken).ConfigureAwait(false);
        var counted = new Dictionary<Trajectory, HashSet<string>>(ReferenceEqualityComparer.Instance);
        var returns = credited.Where(r => Counted(r.Trajectory).Contains(r.Node.Id)).ToList();
        if (options.RejectedAnswerReturn is { } rejected)
            returns.AddRange(batch.Trajectories.SelectMany(t => Invocations.Superseded(t).Select(i => new InvocationReturn(t, t.Nodes[i], rejected))));
        return returns;

        HashSet<string> Counted(Trajectory trajectory) => counted.TryGetValue(trajectory, out var ids)
            ? ids
            : counted[trajectory] = Invocations.Of(trajectory).Select(i => trajectory.Nodes[i].Id).ToHashSet(StringComparer.Ordinal);
    }
}
