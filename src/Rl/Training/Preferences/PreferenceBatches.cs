namespace AgentTeams.Rl;

/// <summary>The rows of preference pairs, and what must be known of each update before its first weight changes.</summary>
internal sealed class PreferenceBatches(TeamModels models, ITokenLoss loss, KlReference reference)
{
    private readonly List<IReadOnlyList<PolicyRow>> _pairs = [];

    private bool IsCoupled => loss.Needs.HasFlag(LossNeeds.Coupling);

    /// <summary>Renders pairs and scores them once with the reference, which never changes.</summary>
    public async Task AddAsync(IReadOnlyList<PreferencePair> pairs, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<PolicyRow>> rows = [.. pairs.Select((p, i) => PreferenceRows.Of(models, p, i))];
        var scores = loss.Needs.HasFlag(LossNeeds.Reference)
            ? await ScoresAsync([.. rows.SelectMany(r => r)], (policy, of) => reference.Of(policy).ScoreAsync(of, cancellationToken)).ConfigureAwait(false)
            : null;
        var at = 0;
        foreach (var pair in rows)
        {
            _pairs.Add([.. pair.Select(r => r with
            {
                Row = r.Row with { ReferenceLogProbs = scores?[at++].LogProbs ?? [], Coupling = IsCoupled ? r.Row.Coupling : null },
            })]);
        }
    }

    /// <summary>The rows of an update by policy: weighed together, each with what its loss is told beforehand.</summary>
    public async Task<Dictionary<PolicyId, IReadOnlyList<TrainingRow>>> UpdatesAsync(IEnumerable<int> pairs, CancellationToken cancellationToken)
    {
        var rows = PreferenceRows.Weigh([.. pairs.SelectMany(p => _pairs[p])]);
        if (IsCoupled) rows = await WithOthersMarginsAsync(rows, cancellationToken).ConfigureAwait(false);
        else if (loss.Needs.HasFlag(LossNeeds.Divergence)) rows = await WithDivergencesAsync(rows, cancellationToken).ConfigureAwait(false);
        return PreferenceRows.ByPolicy(rows).ToDictionary(u => u.Key, u => loss.Prepare(u.Value));
    }

    private async Task<List<PolicyRow>> WithOthersMarginsAsync(List<PolicyRow> rows, CancellationToken cancellationToken)
    {
        var shared = rows.GroupBy(r => r.Row.Coupling).Where(c => c.Select(r => r.Policy).Distinct().Count() > 1).SelectMany(c => c).ToList();
        if (shared.Count == 0) return rows;
        var scores = await ScoresAsync(shared, (policy, of) => models.GetModel(policy).ScoreAsync(policy, of, cancellationToken)).ConfigureAwait(false);
        var margins = shared.Zip(scores).GroupBy(s => (s.First.Row.Coupling, s.First.Policy)).ToDictionary(g => g.Key,
            g => PreferenceMargin.Of([.. g.Select(s => s.First.Row)], [.. g.Select(s => s.Second)], needsCoupling: true)[0].Value);
        return rows.ConvertAll(r => r with
        {
            Row = r.Row with { MarginOffset = margins.Where(m => m.Key.Coupling == r.Row.Coupling && m.Key.Policy != r.Policy).Sum(m => m.Value) },
        });
    }

    // The divergence as KTO's authors estimate it: replies of the update under questions that they do not belong to, never below 0.
    private async Task<List<PolicyRow>> WithDivergencesAsync(List<PolicyRow> rows, CancellationToken cancellationToken)
    {
        var offsets = new Dictionary<PolicyId, double>();
        foreach (var policy in rows.GroupBy(r => r.Policy))
        {
            TrainingRow[] own = [.. policy.Select(r => r.Row)];
            var longest = own.Max(r => r.PromptIds.Length + r.CompletionIds.Length);
            List<TrainingRow> mismatched = [.. own.Select((r, i) => (Row: r, Other: own[(i + 2) % own.Length]))
                .Where(p => !p.Row.PromptIds.AsSpan().SequenceEqual(p.Other.PromptIds) && p.Row.PromptIds.Length + p.Other.CompletionIds.Length <= longest)
                .Select(p => new TrainingRow { PromptIds = p.Row.PromptIds, CompletionIds = p.Other.CompletionIds, Role = p.Row.Role, TrajectoryId = p.Row.TrajectoryId, NodeId = p.Row.NodeId })];
            if (mismatched.Count == 0) continue;
            var now = await models.GetModel(policy.Key).ScoreAsync(policy.Key, mismatched, cancellationToken).ConfigureAwait(false);
            var before = await reference.Of(policy.Key).ScoreAsync(mismatched, cancellationToken).ConfigureAwait(false);
            offsets[policy.Key] = -Math.Max(0, now.Zip(before, (n, b) => n.LogProbs.Zip(b.LogProbs, (p, r) => (double)p - r).Sum()).Average());
        }

        return rows.ConvertAll(r => r with { Row = r.Row with { MarginOffset = offsets.GetValueOrDefault(r.Policy) } });
    }

    private static async Task<TokenScores[]> ScoresAsync(List<PolicyRow> rows, Func<PolicyId, IReadOnlyList<TrainingRow>, Task<IReadOnlyList<TokenScores>>> score)
    {
        var scores = new TokenScores[rows.Count];
        foreach (var policy in Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Policy))
        {
            var made = await score(policy.Key, [.. policy.Select(i => rows[i].Row)]).ConfigureAwait(false);
            foreach (var (i, own) in policy.Zip(made)) scores[i] = own;
        }

        return scores;
    }
}
