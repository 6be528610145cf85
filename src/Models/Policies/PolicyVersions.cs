namespace AgentTeams.Models;

/// <summary>
/// Which weights the calls of each policy are sampled with: the live ones, those that were published, or a version that was kept. Every member is called between two passes of the
/// scheduler.
/// </summary>
/// <param name="engine">Holds the weights.</param>
/// <param name="policies">The policies.</param>
/// <param name="frozen">Copies the model's own weights before they change.</param>
/// <param name="versionOf">The version of a policy's live weights.</param>
internal sealed class PolicyVersions(ILocalEngine engine, PolicyRegistry policies, FrozenPolicies frozen, Func<PolicyId, long> versionOf) : ISampledWeightsStore
{
    private readonly Dictionary<PolicyId, SampledWeights> _live = [];
    private readonly Dictionary<PolicyId, SampledWeights> _published = [];
    private readonly Dictionary<PolicyId, SortedDictionary<long, SampledWeights>> _kept = [];
    private readonly HashSet<SampledWeights> _held = [];

    public SampledWeights? Find(PolicyId policy, long? version) => version is { } kept
        ? _kept.GetValueOrDefault(policy)?.GetValueOrDefault(kept)
        : _published.GetValueOrDefault(policy) ?? Live(policy);

    public IFrozenWeights Hold(SampledWeights weights)
    {
        _held.Add(weights);
        return weights.Own is { } own ? frozen.Adopt(own) : frozen.Share();
    }

    public void Release(SampledWeights weights, IFrozenWeights below)
    {
        _held.Remove(weights);
        frozen.Release(below);
        if (!weights.IsCurrent) engine.Inference.Forget(weights);
    }

    public AgentTeamsException Missing(PolicyId policy, long version) => new WeightsVersionException(policy, version, Kept(policy));

    public IReadOnlyList<long> Kept(PolicyId policy) => _kept.TryGetValue(policy, out var kept) ? [.. kept.Keys] : [];

    /// <exception cref="WeightsVersionException">The version is not kept.</exception>
    public SampledWeights Require(PolicyId policy, long version) => Find(policy, version) ?? throw Missing(policy, version);

    public SampledWeights Keep(PolicyId policy)
    {
        var live = Live(policy);
        if (!_kept.TryGetValue(policy, out var kept)) _kept[policy] = kept = [];
        if (kept.TryGetValue(live.Version, out var known))
        {
            return known == live ? live : throw new AgentTeamsException($"Other weights of '{policy}' are kept as version {live.Version} already: its base changed since, or its weights were "
                + "written without counting as an update. Drop that version first.");
        }

        live.Hold();
        kept[live.Version] = live;
        return live;
    }

    public void Drop(PolicyId policy, long version)
    {
        var dropped = Require(policy, version);
        if (_published.GetValueOrDefault(policy) == dropped)
            throw new AgentTeamsException($"The version {version} of '{policy}' is published, so new calls are sampled with it. Publish another, or call Unpublish, before it is dropped.");
        _kept[policy].Remove(version);
        dropped.Release();
    }

    public SampledWeights Publish(PolicyId policy) => _published[policy] = Keep(policy);

    public void Unpublish(PolicyId policy) => _published.Remove(policy);

    /// <summary>To be called before live weights change.</summary>
    /// <param name="changing">The policy whose weights these are; that of the model's own weights, which lie below all, for all.</param>
    public void WillChange(PolicyId changing)
    {
        if (changing.Adapter is null) frozen.KeepBase();
        foreach (var (policy, live) in _live.Where(l => changing.Adapter is null || l.Key == changing).ToList())
        {
            _live.Remove(policy);
            live.Retire();
            if (!live.IsHeld) engine.Inference.Forget(live);
        }

        if (changing.Adapter is null) return;
        foreach (var weights in _held.Where(w => w.Policy == changing)) weights.Detach(Copy);
    }

    /// <summary>To be called before all weights become those of a checkpoint, whose versions are numbered from there.</summary>
    public void AllWillChange()
    {
        foreach (var policy in policies.All) WillChange(policy);
        ForgetAll();
    }

    /// <summary>Drops everything that is kept.</summary>
    public void ForgetAll()
    {
        _published.Clear();
        foreach (var weights in _kept.Values.SelectMany(k => k.Values)) weights.Release();
        _kept.Clear();
    }

    /// <summary>Writes all that is kept.</summary>
    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var weights in _kept.Values.SelectMany(k => k.Values)) VersionFiles.Save(directory, weights, frozen.IsCurrent(weights.Below!), engine);
    }

    /// <summary>Keeps what a folder holds in place of all that is kept.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="readAdapter">Reads an adapter by name and folder.</param>
    public void Load(string directory, Func<string, string, IAdapterWeights> readAdapter)
    {
        ForgetAll();
        foreach (var policy in policies.All)
        {
            foreach (var stored in VersionFiles.Of(directory, policy))
            {
                if (stored.IsLive)
                {
                    Keep(policy);
                    continue;
                }

                var adapter = policy.Adapter is { } name ? readAdapter(name, stored.Folder) : null;
                if (adapter is not null) engine.Refresh(new PolicyParts(adapter, null));
                var weights = SampledWeights.Stored(policy, stored.Version, adapter, this, stored.Below is { } below ? engine.ReadFrozen(below) : null);
                weights.Hold();
                if (!_kept.TryGetValue(policy, out var kept)) _kept[policy] = kept = [];
                kept[stored.Version] = weights;
            }
        }
    }

    private SampledWeights Live(PolicyId policy)
    {
        if (!_live.TryGetValue(policy, out var live)) _live[policy] = live = new(policy, versionOf(policy), policies.GetAdapter(policy), this);
        return live;
    }

    private IAdapterWeights Copy(IAdapterWeights adapter)
    {
        var copy = adapter.Copy();
        engine.Refresh(new PolicyParts(copy, null));
        return copy;
    }
}
