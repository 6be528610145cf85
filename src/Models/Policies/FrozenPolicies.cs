namespace AgentTeams.Models;

/// <summary>The model's own weights below frozen copies of policies.</summary>
internal interface IFrozenBase : IDisposable
{
    /// <summary>Copies the weights before they change; until then they are shared.</summary>
    void Detach();
}

/// <summary>
/// Frozen copies of policies, as references of a KL penalty. Those that were made between two changes of the model's own weights share one base, which
/// is copied only when it is about to change and released with the last of them.
/// </summary>
/// <typeparam name="TBase">A frozen base as the engine keeps it.</typeparam>
/// <param name="newBase">The model's own weights as they are now.</param>
internal sealed class FrozenPolicies<TBase>(Func<TBase> newBase) : IDisposable
    where TBase : class, IFrozenBase
{
    private readonly Lock _changing = new();
    private readonly Dictionary<TBase, int> _uses = [];
    private readonly HashSet<FrozenPolicy> _live = [];
    private TBase? _current;

    /// <summary>How many were not disposed yet.</summary>
    public int Count => _live.Count;

    /// <summary>A frozen policy over the base as it is now.</summary>
    /// <param name="freeze">Copies what the policy has beside the base.</param>
    public ITokenScorer Add(Func<TBase, ITokenScorer> freeze)
    {
        lock (_changing) return Add(_current ??= newBase(), freeze);
    }

    /// <summary>A frozen policy over a base of its own.</summary>
    public ITokenScorer Add(TBase own, Func<TBase, ITokenScorer> freeze)
    {
        lock (_changing)
        {
            var policy = new FrozenPolicy(this, own, freeze(own));
            _uses[own] = _uses.GetValueOrDefault(own) + 1;
            _live.Add(policy);
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

    public void Dispose()
    {
        foreach (var policy in _live.ToList()) policy.Dispose();
    }

    private void Release(FrozenPolicy policy, TBase below)
    {
        lock (_changing)
        {
            if (!_live.Remove(policy) || --_uses[below] > 0) return;
            _uses.Remove(below);
            if (_current == below) _current = null;
            below.Dispose();
        }
    }

    private sealed class FrozenPolicy(FrozenPolicies<TBase> owner, TBase below, ITokenScorer scorer) : ITokenScorer
    {
        private bool _disposed;

        public IReadOnlyList<TokenScores> Evaluate(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return scorer.Evaluate(rows, cancellationToken);
        }

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            scorer.Dispose();
            owner.Release(this, below);
        }
    }
}
