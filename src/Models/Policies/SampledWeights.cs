namespace AgentTeams.Models;

/// <summary>
/// The weights that sequences of one policy are sampled with: the live ones until these are about to change, then copies, so that each sequence
/// ends with the weights that it began with. Whoever reads them holds them; used between two passes of the scheduler only.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="version">The version that its traces name.</param>
/// <param name="adapter">The policy's adapter, or null for the model's own weights.</param>
/// <param name="store">Where they come from.</param>
/// <param name="own">The model's own weights where nobody else has them; null for the live ones.</param>
internal sealed class SampledWeights(PolicyId policy, long version, IAdapterWeights? adapter, ISampledWeightsStore store, IFrozenWeights? own = null)
{
    private int _holders;
    private bool _ownsAdapter;

    public PolicyId Policy => policy;

    public long Version => version;

    /// <summary>The policy's adapter; null for the model's own weights.</summary>
    public IAdapterWeights? Adapter { get; private set; } = adapter;

    /// <summary>The model's own weights; only while somebody holds them.</summary>
    public IFrozenWeights? Below { get; private set; }

    /// <summary>The model's own weights where nobody else has them.</summary>
    public IFrozenWeights? Own => own;

    public bool IsHeld => _holders > 0;

    /// <summary>Whether new sequences may begin with them: not once the live weights are others, unless the version was kept.</summary>
    public bool IsCurrent { get; private set; } = true;

    public void Hold()
    {
        if (_holders++ == 0) Below = store.Hold(this);
    }

    public void Release()
    {
        if (--_holders > 0) return;
        if (_ownsAdapter) (Adapter as IDisposable)?.Dispose();
        (var below, Below) = (Below, null);
        store.Release(this, below!);
    }

    /// <summary>The live weights are about to be others.</summary>
    public void Retire() => IsCurrent = false;

    /// <summary>The live adapter is about to change: those who hold the weights go on with a copy.</summary>
    /// <param name="copy">The copy, ready to compute with.</param>
    public void Detach(Func<IAdapterWeights, IAdapterWeights> copy)
    {
        if (Adapter is null || _ownsAdapter) return;
        (Adapter, _ownsAdapter) = (copy(Adapter), true);
    }

    /// <summary>Weights that are not the live ones.</summary>
    public static SampledWeights Stored(PolicyId policy, long version, IAdapterWeights? adapter, ISampledWeightsStore store, IFrozenWeights? own) =>
        new(policy, version, adapter, store, own) { _ownsAdapter = true, IsCurrent = false };
}

/// <summary>Where sampled weights come from.</summary>
internal interface ISampledWeightsStore
{
    /// <summary>The weights of a request; null where its version is not kept.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="version">A version that was kept; null for what new calls are sampled with.</param>
    SampledWeights? Find(PolicyId policy, long? version);

    /// <summary>Somebody holds weights that nobody held.</summary>
    /// <returns>The model's own weights below them.</returns>
    IFrozenWeights Hold(SampledWeights weights);

    /// <summary>Nobody holds weights any more.</summary>
    void Release(SampledWeights weights, IFrozenWeights below);

    /// <summary>What to tell a caller whose version is not kept.</summary>
    AgentTeamsException Missing(PolicyId policy, long version);
}
