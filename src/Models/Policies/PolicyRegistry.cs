using System.Collections.Immutable;
using System.Security.Cryptography;

namespace AgentTeams.Models;

/// <summary>The policies of a model: its own weights, adapters and critics' heads. Sampling may read while one is added.</summary>
/// <param name="base">The policy of the model's own weights.</param>
/// <param name="weights">These weights.</param>
/// <param name="newValueHead">Makes a critic's head.</param>
internal sealed class PolicyRegistry(PolicyId @base, ITrainedParameters weights, Func<IValueHeadWeights> newValueHead)
{
    private const string ValueHeadFile = "value_head.safetensors";
    private readonly Lock _writing = new();
    private string? _unchangedBase;
    private ImmutableSortedDictionary<string, IAdapterWeights> _adapters = ImmutableSortedDictionary.Create<string, IAdapterWeights>(StringComparer.Ordinal);
    private ImmutableDictionary<PolicyId, IValueHeadWeights> _valueHeads = ImmutableDictionary<PolicyId, IValueHeadWeights>.Empty;

    /// <summary>The model's own weights first, then its adapters by name.</summary>
    public IReadOnlyList<PolicyId> All => [@base, .. _adapters.Keys.Select(PolicyOf)];

    /// <summary>Adds an adapter together with the critic's head that its folder holds, if there is a folder and it holds one; or neither.</summary>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    /// <exception cref="ModelFormatException">The critic's head is damaged, or belongs to a model of another shape.</exception>
    public PolicyId Add(IAdapterWeights adapter, string? directory = null)
    {
        var policy = PolicyOf(adapter.Name);
        lock (_writing)
        {
            if (_adapters.ContainsKey(adapter.Name))
                throw new AgentTeamsException($"The model '{@base.Model}' already has an adapter '{adapter.Name}'. Choose another name.");
            if (directory is not null) ReadValueHead(policy, directory);
            _adapters = _adapters.Add(adapter.Name, adapter);
        }

        return policy;
    }

    /// <exception cref="AgentTeamsException">The policy has a value head already, or the model has no such policy.</exception>
    public void AddValueHead(PolicyId policy)
    {
        Require(policy);
        lock (_writing)
        {
            if (_valueHeads.ContainsKey(policy)) throw new AgentTeamsException($"The policy '{policy}' already has a value head.");
            _valueHeads = _valueHeads.Add(policy, newValueHead());
        }
    }

    /// <exception cref="AgentTeamsException">The model has no such policy.</exception>
    public void Require(PolicyId policy)
    {
        if (policy != @base && (policy.Model != @base.Model || GetAdapter(policy) is null))
            throw new AgentTeamsException($"The model '{@base.Model}' has no policy '{policy}'. It has: {string.Join(", ", All)}.");
    }

    public IAdapterWeights? GetAdapter(PolicyId policy) => policy.Adapter is { } name ? _adapters.GetValueOrDefault(name) : null;

    /// <summary>What a policy of the model has beside its own weights.</summary>
    public PolicyParts PartsOf(PolicyId policy) => new(GetAdapter(policy), _valueHeads.GetValueOrDefault(policy));

    /// <summary>Gives back what only training a policy, and its critic's head, needs.</summary>
    public void ReleaseOptimizer(PolicyId policy)
    {
        Require(policy);
        (GetAdapter(policy)?.Parameters ?? weights).ReleaseOptimizer();
        _valueHeads.GetValueOrDefault(policy)?.Parameters.ReleaseOptimizer();
    }

    /// <summary>Everything that is saved, restored and hashed, in a fixed order.</summary>
    public IReadOnlyList<TrainedSet> Sets() =>
    [
        new("base", weights, "", CheckpointFolder.DefaultFile),
        .. _adapters.Select(a => new TrainedSet("adapter-" + a.Key, a.Value.Parameters, FolderOf(PolicyOf(a.Key)), AdapterFiles.WeightsFile, a.Value.Options)),
        .. All.Where(_valueHeads.ContainsKey)
        .Select(p => new TrainedSet("value-head-" + (p.Adapter ?? "of-base"), _valueHeads[p].Parameters, FolderOf(p), ValueHeadFile)),
    ];

    /// <summary>Writes adapters and critics' heads into the folder of the model.</summary>
    public void Save(string directory)
    {
        foreach (var name in _adapters.Keys) SaveAdapter(PolicyOf(name), Path.Combine(directory, FolderOf(PolicyOf(name))));
        foreach (var (policy, head) in _valueHeads) SafeTensorsWriter.Write(Path.Combine(directory, FolderOf(policy), ValueHeadFile), head.Parameters.Export());
    }

    /// <summary>Writes one adapter in PEFT layout.</summary>
    public void SaveAdapter(PolicyId policy, string directory)
    {
        Require(policy);
        if (policy.Adapter is not { } name) throw new AgentTeamsException($"'{policy}' is no adapter. Save the model instead.");
        AdapterFiles.Save(_adapters[name].Options, _adapters[name].Parameters.Export(), directory);
    }

    /// <summary>Adds the critic's head of the model's own weights that a folder holds, if it holds one.</summary>
    /// <exception cref="ModelFormatException">It is damaged, or belongs to a model of another shape.</exception>
    public void LoadValueHead(string directory)
    {
        lock (_writing) ReadValueHead(@base, directory);
    }

    /// <summary>SHA-256 over all values, in lower-case hexadecimal digits.</summary>
    public string Hash() => HashOf(Sets().Select(s => s.Parameters));

    private void ReadValueHead(PolicyId policy, string directory)
    {
        if (!File.Exists(Path.Combine(directory, ValueHeadFile))) return;
        using var folder = CheckpointFolder.Open(directory, ValueHeadFile);
        var head = newValueHead();
        try
        {
            head.Parameters.Import(folder, trained: true);
        }
        catch
        {
            (head as IDisposable)?.Dispose();
            throw;
        }

        _valueHeads = _valueHeads.Add(policy, head);
    }

    /// <summary>
    /// The SHA-256 of the model's own weights while they are those it was made or loaded with, so that whoever restores a checkpoint
    /// has them and it need not hold them; null once they have changed.
    /// </summary>
    public string? UnchangedBase => weights.IsChanged ? null : _unchangedBase ??= HashOf([weights]);

    private static string HashOf(IEnumerable<ITrainedParameters> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var set in sets) set.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string FolderOf(PolicyId policy) => PolicyFolder.Of("", policy);

    private PolicyId PolicyOf(string adapter) => new(@base.Model, adapter);
}
