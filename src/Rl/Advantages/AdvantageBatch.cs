using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>The advantage of one role invocation.</summary>
/// <param name="Trajectory">The trajectory of the invocation.</param>
/// <param name="Node">The invocation.</param>
/// <param name="Return">What it earned.</param>
/// <param name="Advantage">How much better that is than its group; the same for each of its tokens.</param>
internal sealed record InvocationAdvantage(Trajectory Trajectory, TrajectoryNode Node, double Return, double Advantage);

/// <summary>The advantages of a batch and what its groups looked like.</summary>
/// <param name="Rows">One for each return, in the order given.</param>
/// <param name="Report">Counts and reward statistics.</param>
internal sealed record AdvantageBatch(IReadOnlyList<InvocationAdvantage> Rows, AdvantageReport Report)
{
    /// <summary>Groups returns and estimates their advantages. Permuting the returns permutes the result and changes no bit of it.</summary>
    /// <param name="returns">The returns of a whole batch, before any padding or filtering; it may be empty.</param>
    /// <param name="estimator">The baseline and scale.</param>
    /// <param name="key">Which invocations are compared.</param>
    /// <param name="unit">What counts once in a group's statistics.</param>
    /// <exception cref="AgentTeamsException">A return is not finite.</exception>
    public static AdvantageBatch Compute(IReadOnlyList<InvocationReturn> returns, IAdvantageEstimator estimator, GroupKey key, SampleUnit unit)
    {
        ArgumentNullException.ThrowIfNull(returns);
        ArgumentNullException.ThrowIfNull(estimator);
        foreach (var r in returns.Where(r => !double.IsFinite(r.Return)))
            throw new AgentTeamsException($"The return of node '{r.Node.Id}' (role '{r.Node.Role}') of trajectory '{r.Trajectory.Id}' is {r.Return}. Returns "
                + "must be finite; look at its rewards.");

        // Each sample is the set of rows that share its value: one row, or all rows of a trajectory in the group.
        var cells = Enumerable.Range(0, returns.Count).GroupBy(i => Part(returns[i], key))
            .Select(g => (g.Key.Pool,
                Samples: g.GroupBy(i => unit == SampleUnit.Trajectory ? returns[i].Trajectory.Id : i.ToString(CultureInfo.InvariantCulture),
                    StringComparer.Ordinal)
                .Select(s => s.ToArray()).ToArray())).ToArray();
        SampleGroup[] groups = [.. cells.Select(c => new SampleGroup(c.Pool,
            [.. c.Samples.Select(s => new AdvantageSample(returns[s[0]].Trajectory.Id, Moments.Of([.. s.Select(i => returns[i].Return)]).Mean))]))];

        var rows = new InvocationAdvantage[returns.Count];
        var estimates = estimator.Estimate(groups);
        for (var g = 0; g < cells.Length; g++)
        {
            for (var s = 0; s < cells[g].Samples.Length; s++)
            {
                foreach (var i in cells[g].Samples[s]) rows[i] = new(returns[i].Trajectory, returns[i].Node, returns[i].Return, estimates[g][s]);
            }
        }

        return new(rows, AdvantageReport.Of(returns, groups));
    }

    private static GroupId Part(InvocationReturn r, GroupKey key) => new(
        key.HasFlag(GroupKey.Role) ? r.Node.Role ?? "" : "",
        key.HasFlag(GroupKey.Group) ? r.Trajectory.GroupId : null,
        key.HasFlag(GroupKey.Task) ? r.Trajectory.TaskId : null,
        key.HasFlag(GroupKey.Turn) ? r.Node.Turn : 0,
        key.HasFlag(GroupKey.Branch) ? r.Node.Branch : null,
        key.HasFlag(GroupKey.Policy) ? r.Node.Policy : null,
        key.HasFlag(GroupKey.Fork) ? r.Trajectory.ParentId : null,
        key.HasFlag(GroupKey.Fork) ? r.Trajectory.ForkNodeId : null);

    private sealed record GroupId(string Pool, string? Group, string? Task, int Turn, string? Branch, PolicyId? Policy, string? Parent, string? Fork);
}
