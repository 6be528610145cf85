namespace AgentTeams.Models;

/// <summary>Plain C# over vector instructions.</summary>
internal sealed class CpuEngine : ILocalEngine
{
    private readonly DecoderWeights _weights;
    private readonly RotaryTables _rotary;
    private readonly WorkerPool _pool;
    private readonly CpuModelOptions _options;
    private readonly EngineContext _context;
    private readonly TrainingPass _training;
    private readonly CpuInferenceEngine _inference;

    public CpuEngine(DecoderWeights weights, CpuModelOptions options, EngineContext context)
    {
        (_weights, _options, _context) = (weights, options, context);
        _pool = options.Threads is { } threads ? new WorkerPool(threads) : WorkerPool.Shared;
        _weights.Packing.PackSampled(_pool);
        _rotary = new RotaryTables(weights.Config);
        _training = NewPass(weights);
        _inference = new CpuInferenceEngine(weights, _rotary, _pool, options);
    }

    public ModelConfig Config => _weights.Config;

    public Reproducibility Reproducibility => _weights.Sampled == WeightFormat.Stored ? Reproducibility.Exact : Reproducibility.Tolerant;

    public string Device => $"cpu {(_weights.Parameters.IsHalf ? "BFloat16" : "Float32")}{(_weights.Sampled == WeightFormat.Stored ? "" : $", sampled in {_weights.Sampled}")}";

    public string SamplingFormat => _weights.Sampled == WeightFormat.Stored ? "" : $"{_weights.Sampled}";

    public string StoredType => _weights.Parameters.IsHalf ? "bfloat16" : "float32";

    public ITrainedParameters Weights => _weights.Parameters;

    public IInferenceEngine Inference => _inference;

    /// <summary>The weights of a folder, not packed yet.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="file">The file of weights, or the index of several.</param>
    /// <param name="sampled">What replies are to be sampled with.</param>
    public static DecoderWeights ReadWeights(string directory, string file, WeightFormat sampled = WeightFormat.Stored)
    {
        using var folder = CheckpointFolder.Open(directory, file);
        var (config, isHalf) = LocalModelFolder.Inspect(directory, folder);
        var weights = new DecoderWeights(config, isHalf, sampled);
        weights.Parameters.Import(folder);
        return weights;
    }

    public IAdapterWeights NewAdapter(string name, LoraOptions options) => new AdapterWeights(name, Config, options);

    public IValueHeadWeights NewValueHead() => new ValueHead(Config.HiddenSize);

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken) =>
        _training.Score(rows, EngineParts.Of(parts), cancellationToken);

    public float[] Logits(int[] ids, PolicyParts parts) => _training.Logits(ids, EngineParts.Of(parts));

    public TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, PolicyParts parts, ITokenLoss loss, Action<Action> change,
        CancellationToken cancellationToken)
    {
        // Full training works on float32; frozen weights may stay as they were loaded.
        if (parts.Adapter is null && _weights.Parameters.IsHalf)
        {
            change(() =>
            {
                _weights.Parameters.Widen();
                Refresh(parts);
            });
        }

        foreach (var set in Trained(parts)) set.EnsureTrainable();
        return _training.Accumulate(rows, EngineParts.Of(parts), loss, cancellationToken);
    }

    public OptimizerReport Apply(PolicyParts parts, string policy, AdamWOptions options)
    {
        var report = AdamW.Apply(Trained(parts), options, policy, _pool);
        Refresh(parts);
        return report;
    }

    public void DiscardGradient(PolicyParts parts)
    {
        foreach (var set in Trained(parts)) set.ClearGradients();
    }

    public void Merge(IAdapterWeights adapter, int sign)
    {
        _weights.Parameters.Widen();
        AdapterMerge.Apply(_weights, (AdapterWeights)adapter, sign);
        Refresh(new PolicyParts(null, null));
    }

    public void Refresh(PolicyParts parts) => (((AdapterWeights?)parts.Adapter)?.Packing ?? _weights.Packing).PackSampled(_pool);

    public IFrozenWeights Freeze() => new FrozenWeights(_weights, NewPass, _pool);

    public IFrozenWeights ReadFrozen(string directory)
    {
        var weights = ReadWeights(directory, CheckpointFolder.DefaultFile, _weights.Sampled);
        weights.Packing.PackSampled(_pool);
        return new FrozenWeights(weights, NewPass, _pool);
    }

    public void Dispose()
    {
        if (_pool != WorkerPool.Shared) _pool.Dispose();
    }

    internal IReadOnlyList<ParameterSet> Trained(PolicyParts parts) => EngineParts.Of(parts).Trained(_weights);

    private TrainingPass NewPass(DecoderWeights weights) => new(weights, _rotary, _pool, _options, _context.DistributionOf);
}
