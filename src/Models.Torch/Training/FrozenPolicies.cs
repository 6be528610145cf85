namespace AgentTeams.Models.Torch;

/// <summary>Frozen copies of policies, as references of a KL penalty; they live as long as their model.</summary>
/// <param name="newBase">The model's own weights as they are now.</param>
internal sealed class FrozenPolicies(Func<FrozenBase> newBase) : IDisposable
{
    private readonly Lock _changing = new();
    private readonly List<IDisposable> _owned = [];
    private FrozenBase? _current;

    public ITokenScorer Add(PolicyParts parts)
    {
        lock (_changing)
        {
            if (_current is null) _owned.Add(_current = newBase());
            var policy = new FrozenPolicy(_current, parts.Copy(_current.Weights));
            _owned.Add(policy);
            return policy;
        }
    }

    /// <summary>To be called before the model's own weights change.</summary>
    public void KeepBase()
    {
        lock (_changing)
        {
            _current?.Detach();
            _current = null;
        }
    }

    public void Dispose() => _owned.ForEach(o => o.Dispose());

    private sealed class FrozenPolicy(FrozenBase below, PolicyParts parts) : ITokenScorer, IDisposable
    {
        public IReadOnlyList<TokenScores> Evaluate(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
            below.Pass.Score(rows, parts, cancellationToken);

        public void Dispose() => parts.Dispose();
    }
}
