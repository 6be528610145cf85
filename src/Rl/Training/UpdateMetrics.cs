namespace AgentTeams.Rl;

/// <summary>The metrics of one policy's updates in a step.</summary>
internal sealed class UpdateMetrics
{
    private readonly List<OptimizerReport> _reports = [];
    private TokenLossResult _loss = TokenLossResult.Zero;
    private long _tokens;

    public void Add((TokenLossResult Loss, OptimizerReport Report) update, IReadOnlyList<TrainingRow> rows)
    {
        _reports.Add(update.Report);
        _loss = _loss.Add(update.Loss);
        _tokens += rows.Sum(r => r.PromptIds.Length + r.CompletionIds.Length - 1);
    }

    public void AddTo(SortedDictionary<string, double> metrics, PolicyId policy)
    {
        if (_reports.Count == 0) return;
        metrics[$"{policy}/loss"] = _loss.Loss / _reports.Count;
        metrics[$"{policy}/grad_norm"] = _reports.Average(r => r.GradientNorm);
        foreach (var (name, sum) in _loss.Metrics.Where(m => m.Key != "weight"))
            metrics[$"{policy}/{name}"] = _loss.Metrics.TryGetValue("weight", out var weight) && weight > 0 ? sum / weight : sum;
        metrics["tokens/trained"] = metrics.GetValueOrDefault("tokens/trained") + _tokens;
    }
}
