using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>The policies of a model: its own weights, adapters and critics' heads. Sampling may read while one is added.</summary>
internal sealed class PolicyRegistry(Policy @base, TransformerWeights weights)
{
    private const string ValueHeadFile = "value_head.safetensors";
    private readonly Lock _writing = new();
    private ImmutableSortedDictionary<string, AdapterWeights> _adapters = ImmutableSortedDictionary.Create<string, AdapterWeights>(StringComparer.Ordinal);
    private ImmutableDictionary<Policy, ValueHead> _valueHeads = ImmutableDictionary<Policy, ValueHead>.Empty;

    /// <summary>The model's own weights first, then its adapters by name.</summary>
    public IReadOnlyList<Policy> All => [@base, .. _adapters.Keys.Select(PolicyOf)];

    public Policy Add(AdapterWeights adapter)
    {
        lock (_writing)
        {
            if (_adapters.ContainsKey(adapter.Name))
                throw new AgentTeamsException($"The model '{@base.Model}' already has an adapter '{adapter.Name}'. Choose another name.");
            _adapters = _adapters.Add(adapter.Name, adapter);
        }

        return PolicyOf(adapter.Name);
    }

    public ValueHead AddValueHead(Policy policy)
    {
        ParametersOf(policy);
        var head = new ValueHead(weights.Config.HiddenSize);
        lock (_writing)
        {
            if (_valueHeads.ContainsKey(policy)) throw new AgentTeamsException($"The policy '{policy}' already has a value head.");
            _valueHeads = _valueHeads.Add(policy, head);
        }

        return head;
    }

    /// <summary>The weights that training a policy changes, its critic's head left out.</summary>
    /// <exception cref="AgentTeamsException">The model has no such policy.</exception>
    public ParameterSet ParametersOf(Policy policy)
    {
        if (policy == @base) return weights.Parameters;
        return policy.Model == @base.Model && AdapterOf(policy) is { } adapter
            ? adapter.Parameters
            : throw new AgentTeamsException($"The model '{@base.Model}' has no policy '{policy}'. It has: {string.Join(", ", All)}.");
    }

    public AdapterWeights? AdapterOf(Policy policy) => policy.Adapter is { } name && _adapters.TryGetValue(name, out var adapter) ? adapter : null;

    public PolicyParts PartsOf(Policy policy) => new(AdapterOf(policy), _valueHeads.GetValueOrDefault(policy));

    /// <summary>Everything that is saved, restored and hashed, in a fixed order.</summary>
    public IReadOnlyList<TrainedSet> Sets() =>
    [
        new("base", weights.Parameters, "", CheckpointFolder.DefaultFile),
        .. _adapters.Select(a => new TrainedSet("adapter-" + a.Key, a.Value.Parameters, FolderOf(PolicyOf(a.Key)), AdapterFiles.WeightsFile)),
        .. All.Where(_valueHeads.ContainsKey).Select(p => new TrainedSet("value-head-" + (p.Adapter ?? "of-base"), _valueHeads[p].Parameters, FolderOf(p), ValueHeadFile)),
    ];

    /// <summary>Writes adapters and critics' heads into the folder of the model.</summary>
    public void Save(string directory)
    {
        foreach (var (name, adapter) in _adapters) AdapterFiles.Save(adapter, Path.Combine(directory, FolderOf(PolicyOf(name))));
        foreach (var (policy, head) in _valueHeads) SafeTensorsWriter.Write(Path.Combine(directory, FolderOf(policy), ValueHeadFile), head.Parameters.Export());
    }

    /// <summary>Adds the critic's head that a folder holds, if it holds one.</summary>
    public void LoadValueHead(Policy policy, string directory)
    {
        if (!File.Exists(Path.Combine(directory, ValueHeadFile))) return;
        using var folder = CheckpointFolder.Open(directory, ValueHeadFile);
        AddValueHead(policy).Parameters.Import(folder);
    }

    private static string FolderOf(Policy policy) => policy.Adapter is { } name ? Path.Combine("adapters", name) : "";

    private Policy PolicyOf(string adapter) => new(@base.Model, adapter);
}
