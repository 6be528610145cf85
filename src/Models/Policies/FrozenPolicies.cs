namespace AgentTeams.Models;

/// <summary>
/// Frozen copies of policies, as references of a KL penalty. Those that were made between two changes of the model's own weights share these, which
/// are copied only when they are about to change and released with the last of them. A policy's adapter is copied, never what lies below it.
/// </summary>
/// <param name="freeze">The model's own weights as they are now.</param>
internal sealed class FrozenPolicies(Func<IFrozenWeights> freeze) : IDisposable
{
    private readonly Lock _changing = new();
    private readonly Dictionary<IFrozenWeights, int> _uses = [];
    private readonly HashSet<FrozenPolicy> _live = [];
    private IFrozenWeights? _current;

    /// <summary>How many were not disposed yet.</summary>
    public int Count => _live.Count;

    /// <summary>The model's own weights as they are now, until <see cref="Release(IFrozenWeights)"/>.</summary>
    public IFrozenWeights Share()
    {
        lock (_changing)
        {
            _current ??= freeze();
            _uses[_current] = _uses.GetValueOrDefault(_current) + 1;
            return _current;
        }
    }

    /// <summary>Takes over weights that nobody else has, until <see cref="Release(IFrozenWeights)"/>.</summary>
    public IFrozenWeights Adopt(IFrozenWeights own)
    {
        lock (_changing) _uses[own] = 1;
        return own;
    }

    /// <summary>Whether weights are the model's own as they are now.</summary>
    public bool IsCurrent(IFrozenWeights below)
    {
        lock (_changing) return below == _current;
    }

    /// <summary>Gives back what <see cref="Share"/> or <see cref="Adopt"/> gave.</summary>
    public void Release(IFrozenWeights below)
    {
        lock (_changing) ReleaseOne(below);
    }

    /// <summary>A frozen policy over the model's own weights as they are now.</summary>
    /// <param name="copy">Copies what the policy has beside them.</param>
    public ITokenScorer Add(Func<PolicyParts> copy)
    {
        lock (_changing)
        {
            var isNew = _current is null;
            return Add(_current ??= freeze(), copy, onlyIfKept: isNew);
        }
    }

    /// <summary>A frozen policy over weights of its own.</summary>
    public ITokenScorer Add(IFrozenWeights own, Func<PolicyParts> copy)
    {
        lock (_changing) return Add(own, copy, onlyIfKept: true);
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

    private FrozenPolicy Add(IFrozenWeights below, Func<PolicyParts> copy, bool onlyIfKept)
    {
        try
        {
            var policy = new FrozenPolicy(this, below, copy());
            _uses[below] = _uses.GetValueOrDefault(below) + 1;
            _live.Add(policy);
            return policy;
        }
        catch when (onlyIfKept)
        {
            if (_current == below) _current = null;
            below.Dispose();
            throw;
        }
    }

    private void Release(FrozenPolicy policy, IFrozenWeights below)
    {
        lock (_changing)
        {
            if (_live.Remove(policy)) ReleaseOne(below);
        }
    }

    private void ReleaseOne(IFrozenWeights below)
    {
        if (--_uses[below] > 0) return;
        _uses.Remove(below);
        if (_current == below) _current = null;
        below.Dispose();
    }

    private sealed class FrozenPolicy(FrozenPolicies owner, IFrozenWeights below, PolicyParts parts) : ITokenScorer
    {
        private bool _disposed;

        public Task<IReadOnlyList<TokenScores>> ScoreAsync(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) => Completed.Of(() =>
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return below.Score(rows, parts, cancellationToken);
        }, cancellationToken);

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            parts.Dispose();
            owner.Release(this, below);
        }
    }
}
