namespace AgentTeams.Models.Torch;

/// <summary>TorchSharp, on a CUDA GPU or libtorch's CPU.</summary>
internal sealed class TorchEngine : ILocalEngine
{
    // What this engine computes beyond a plain Llama.
    private static readonly ModelFeature[] s_computed =
        [ModelFeature.QueryKeyValueBias, ModelFeature.OutputBias, ModelFeature.QueryKeyNorm, ModelFeature.RopeScaling];
    private readonly DecoderWeights _weights;
    private readonly TorchModelOptions _options;
    private readonly EngineContext _context;
    private readonly TorchInferenceEngine _inference;

    public TorchEngine(DecoderWeights weights, TorchModelOptions options, EngineContext context)
    {
        (_weights, _options, _context) = (weights, options, context);
        Training = NewPass(weights);
        _inference = new TorchInferenceEngine(weights, options);
    }

    public ModelConfig Config => _weights.Config;

    public Reproducibility Reproducibility => Reproducibility.Tolerant;

    public string Device => $"{_weights.Device} {_weights.Parameters.Type}";

    public string SamplingFormat => "";

    public string StoredType => _weights.Parameters.Trained.dtype == ScalarType.BFloat16 ? "bfloat16" : "float32";

    public ITrainedParameters Weights => _weights.Parameters;

    public IInferenceEngine Inference => _inference;

    internal TrainingPass Training { get; }

    /// <summary>Weights without values, on the device that the options choose.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="options">Device and precision.</param>
    /// <param name="stored">The element type in which the values are stored.</param>
    public static DecoderWeights NewWeights(ModelConfig config, TorchModelOptions options, ScalarType stored)
    {
        if (config.Features.Except(s_computed).ToList() is [var other, ..])
            throw new ModelFormatException($"The model is of the family '{config.Family}' and has {other}, which the CPU engine alone computes. Load it with "
                + "CpuLanguageModel.");
        var device = TorchRuntime.Open(options.Device, options.DeviceIndex);
        var type = options.Precision switch
        {
            TorchPrecision.Full => ScalarType.Float32,
            TorchPrecision.BFloat16 => ScalarType.BFloat16,
            _ => device.type == DeviceType.CPU ? ScalarType.Float32 : stored,
        };
        return new DecoderWeights(config, device, type);
    }

    /// <summary>The weights of a folder.</summary>
    public static DecoderWeights ReadWeights(string directory, string file, TorchModelOptions options)
    {
        using var folder = CheckpointFolder.Open(directory, file);
        var (config, isHalf) = LocalModelFolder.Inspect(directory, folder);
        return Released.OnError(NewWeights(config, options, isHalf ? ScalarType.BFloat16 : ScalarType.Float32), weights =>
        {
            weights.Parameters.Import(folder, trained: false);
            return weights;
        });
    }

    public IAdapterWeights NewAdapter(string name, LoraOptions options) => new AdapterWeights(name, _weights, options);

    public IValueHeadWeights NewValueHead() => new ValueHead(Config.HiddenSize, _weights.Device);

    public IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken) =>
        Training.Score(rows, EngineParts.Of(parts), cancellationToken);

    public float[] Logits(int[] ids, PolicyParts parts) => ComputeThread.Run(_weights.Device, () => Training.Logits(ids, EngineParts.Of(parts)));

    public TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, PolicyParts parts, ITokenLoss loss, Action<Action> change,
        CancellationToken cancellationToken) =>
        Training.Accumulate(rows, EngineParts.Of(parts), loss, cancellationToken);

    public OptimizerReport Apply(PolicyParts parts, string policy, AdamWOptions options)
    {
        var report = ComputeThread.Run(_weights.Device, () => AdamW.Apply(Trained(parts), options, policy));
        Refresh(parts);
        return report;
    }

    public void DiscardGradient(PolicyParts parts)
    {
        foreach (var set in Trained(parts)) set.ClearGradient();
    }

    public void Merge(IAdapterWeights adapter, int sign)
    {
        ComputeThread.Run(_weights.Device, () => ((AdapterWeights)adapter).Merge(_weights, sign));
        Refresh(new PolicyParts(null, null));
    }

    // Values are computed with as they are.
    public void Refresh(PolicyParts parts) { }

    public IFrozenWeights Freeze() => new FrozenWeights(_weights, Training, NewPass);

    public IFrozenWeights ReadFrozen(string directory) => Released.OnError(ReadWeights(directory, CheckpointFolder.DefaultFile, _options),
        weights => new FrozenWeights(weights, NewPass(weights), NewPass) { IsOwner = true });

    public void Dispose()
    {
        _inference.Dispose();
        Training.Dispose();
        _weights.Dispose();
    }

    internal IReadOnlyList<ParameterSet> Trained(PolicyParts parts) => EngineParts.Of(parts).Trained(_weights);

    private TrainingPass NewPass(DecoderWeights weights) => new(weights, _options, _context.DistributionOf);
}
