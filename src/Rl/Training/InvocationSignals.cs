namespace AgentTeams.Rl;

/// <summary>What the models say of the invocations of a step before anything is learned: a critic's values, and how far each token is from the reference.</summary>
internal sealed class InvocationSignals
{
    private readonly Dictionary<(string Run, string Node), IReadOnlyList<double>> _values = [];
    private readonly Dictionary<(string Run, string Node), double[]> _divergences = [];

    /// <summary>The mean divergence from the reference in nats a token; 0 where it was not asked for.</summary>
    public double MeanDivergence { get; private set; }

    public static async Task<InvocationSignals> ReadAsync(IReadOnlyList<InvocationReturn> returns, TeamModels models, RlOptions options, KlReference? reference,
        CancellationToken cancellationToken)
    {
        var signals = new InvocationSignals();
        if (!options.Advantage.Needs.Values && options.KlPenalty is null) return signals;
        var policies = models.TrainablePolicies.ToHashSet();
        var asked = returns.Where(r => r.Node.Tokens is { CompletionIds.Length: > 0 } trace && policies.Contains(trace.Policy)).ToList();
        if (options.Advantage.Needs.Values)
        {
            var values = await (options.Critic ?? new HeadCritic(models)).ValuesAsync(asked, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < asked.Count; i++) signals._values[KeyOf(asked[i])] = values[i];
        }

        if (options.KlPenalty is not null) await signals.ReadDivergencesAsync(asked, reference!, cancellationToken).ConfigureAwait(false);
        return signals;
    }

    /// <summary>One value for each token; 0 throughout for calls that are not trained, whose advantages nobody reads.</summary>
    public IReadOnlyList<double> ValuesOf(InvocationReturn r) => _values.TryGetValue(KeyOf(r), out var values) ? values : new double[Math.Max(1, r.Node.Tokens?.CompletionIds.Length ?? 1)];

    /// <summary>Whether a critic was asked about an invocation.</summary>
    public bool HasValuesOf(Trajectory trajectory, TrajectoryNode node) => _values.ContainsKey((trajectory.Id, node.Id));

    /// <summary>log p - log p_ref at each token; empty where it was not asked for.</summary>
    public double[] DivergencesOf(InvocationReturn r) => _divergences.GetValueOrDefault(KeyOf(r)) ?? [];

    private async Task ReadDivergencesAsync(List<InvocationReturn> asked, KlReference reference, CancellationToken cancellationToken)
    {
        foreach (var policy in asked.GroupBy(r => r.Node.Tokens!.Policy))
        {
            var scores = await reference.Of(policy.Key).ScoreAsync([.. policy.Select(r => RlRows.Of(r.Trajectory, r.Node)!)], cancellationToken).ConfigureAwait(false);
            foreach (var (r, score) in policy.Zip(scores)) _divergences[KeyOf(r)] = [.. r.Node.Tokens!.LogProbs.Zip(score.LogProbs, (own, other) => (double)own - other)];
        }

        var all = _divergences.Values.SelectMany(d => d).ToArray();
        MeanDivergence = all.Length == 0 ? 0 : Moments.Sum(all) / all.Length;
    }

    private static (string Run, string Node) KeyOf(InvocationReturn r) => (r.Trajectory.Id, r.Node.Id);
}
