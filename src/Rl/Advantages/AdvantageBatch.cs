using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>The advantages of one role invocation.</summary>
/// <param name="Trajectory">The trajectory of the invocation.</param>
/// <param name="Node">The invocation.</param>
/// <param name="Return">What it earned.</param>
/// <param name="Tokens">How much better that is than its group, token by token.</param>
/// <param name="Values">What the critic said; empty for none.</param>
internal sealed record InvocationAdvantage(Trajectory Trajectory, TrajectoryNode Node, double Return, TokenAdvantages Tokens, IReadOnlyList<double> Values);

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
    /// <param name="greedy">Returns of greedy rollouts, which are only compared with.</param>
    /// <param name="signals">Values and divergences of the invocations; null for none.</param>
    /// <param name="klCoefficient">How much a nat of divergence costs.</param>
    /// <exception cref="AgentTeamsException">A return is not finite.</exception>
    public static AdvantageBatch Compute(IReadOnlyList<InvocationReturn> returns, IAdvantageEstimator estimator, GroupKey key, SampleUnit unit,
        IReadOnlyList<InvocationReturn>? greedy = null, InvocationSignals? signals = null, double klCoefficient = 0)
    {
        ArgumentNullException.ThrowIfNull(returns);
        ArgumentNullException.ThrowIfNull(estimator);
        foreach (var r in returns.Where(r => !double.IsFinite(r.Return)))
            throw new AgentTeamsException($"The return of node '{r.Node.Id}' (role '{r.Node.Role}') of trajectory '{r.Trajectory.Id}' is {r.Return}. Returns "
                + "must be finite; look at its rewards.");

        var penalties = returns.Select(r => (signals?.DivergencesOf(r) ?? []).Select(d => -klCoefficient * d).ToArray()).ToArray();
        if (klCoefficient != 0) returns = [.. returns.Zip(penalties, (r, p) => r with { Return = r.Return + p.Sum() })];

        // Each sample is the set of rows that share its value: one row, or all rows of a trajectory in the group.
        var cells = Enumerable.Range(0, returns.Count).GroupBy(i => Part(returns[i], key))
            .Select(g => (g.Key, Samples: g.GroupBy(i => unit == SampleUnit.Trajectory ? returns[i].Trajectory.Id : i.ToString(CultureInfo.InvariantCulture),
                    StringComparer.Ordinal)
                .Select(s => s.ToArray()).ToArray())).ToArray();
        var baselines = (greedy ?? []).GroupBy(r => Part(r, key)).ToDictionary(g => g.Key, g => Moments.Of([.. g.Select(r => r.Return)]).Mean);
        SampleGroup[] groups = [.. cells.Select(c => new SampleGroup(c.Key.Pool, [.. c.Samples.Select(s => SampleOf(returns, s))])
        {
            Greedy = baselines.TryGetValue(c.Key, out var baseline) ? baseline : null,
        })];

        var rows = new AdvantageRow[returns.Count];
        var rewards = new TokenRewards();
        for (var g = 0; g < cells.Length; g++)
        {
            for (var s = 0; s < cells[g].Samples.Length; s++)
            {
                foreach (var i in cells[g].Samples[s])
                {
                    var r = returns[i];
                    rows[i] = new(() => [.. rewards.Of(r).Select((v, t) => t < penalties[i].Length ? v + penalties[i][t] : v)])
                    {
                        Trajectory = r.Trajectory, Node = r.Node, Return = r.Return, Group = g, Sample = s, Penalties = klCoefficient == 0 ? [] : penalties[i],
                        Values = estimator.Needs.Values ? signals?.ValuesOf(r) ?? [] : [],
                    };
                }
            }
        }

        var estimates = estimator.Estimate(new(rows, groups));
        return new([.. rows.Select((r, i) => new InvocationAdvantage(r.Trajectory, r.Node, r.Return, Checked(r, estimates[i]), r.Values))], AdvantageReport.Of(returns, groups));
    }

    private static AdvantageSample SampleOf(IReadOnlyList<InvocationReturn> returns, int[] sample) =>
        new(returns[sample[0]].Trajectory.Id, Moments.Of([.. sample.Select(i => returns[i].Return)]).Mean)
        {
            Tokens = Math.Max(1, sample.Sum(i => returns[i].Node.Tokens?.CompletionIds.Length ?? 1)),
        };

    private static TokenAdvantages Checked(AdvantageRow row, TokenAdvantages estimate) => estimate.Advantages.Length == row.TokenCount && estimate.Advantages.All(double.IsFinite)
        ? estimate
        : throw new AgentTeamsException($"The estimator gave {estimate.Advantages.Length} advantages for the {row.TokenCount} tokens of node '{row.Node.Id}' (role "
            + $"'{row.Node.Role}', trajectory '{row.Trajectory.Id}'), or one that is not finite. It has to give a finite number for each.");

    private static GroupId Part(InvocationReturn r, GroupKey key) => new(
        key.HasFlag(GroupKey.Role) ? r.Node.Role ?? "" : "",
        key.HasFlag(GroupKey.Group) ? r.Trajectory.GroupId : null,
        key.HasFlag(GroupKey.Task) ? r.Trajectory.TaskId : null,
        key.HasFlag(GroupKey.Turn) ? r.Node.Turn : 0,
        key.HasFlag(GroupKey.Branch) ? r.Node.Branch : null,
        key.HasFlag(GroupKey.Policy) ? r.Node.Policy : null,
        key.HasFlag(GroupKey.Fork) ? r.Trajectory.ParentId : null,
        key.HasFlag(GroupKey.Fork) ? r.Trajectory.ForkNodeId : null,
        key.HasFlag(GroupKey.Context) ? InvocationContext.Of(r.Node) : null);

    private sealed record GroupId(string Pool, string? Group, string? Task, int Turn, string? Branch, PolicyId? Policy, string? Parent, string? Fork, string? Context);
}
