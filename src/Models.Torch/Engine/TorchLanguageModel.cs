using Microsoft.Extensions.AI;

namespace AgentTeams.Models.Torch;

/// <summary>
/// A decoder-only transformer of the Llama family through TorchSharp, on a CUDA GPU or libtorch's CPU: sampled through chat
/// clients, trained in full or through low-rank adapters that share its frozen weights. Results are
/// <see cref="Reproducibility.Tolerant"/>. The application adds the package with the native libraries: TorchSharp-cpu,
/// TorchSharp-cuda-linux or TorchSharp-cuda-windows.
/// </summary>
public sealed class TorchLanguageModel : ILocalModel
{
    private const long MaxShardBytes = 5L << 30;
    private readonly DecoderWeights _weights;
    private readonly PolicyRegistry<AdapterWeights, ValueHead> _policies;
    private readonly TrainingPass _training;
    private readonly TorchInferenceEngine _engine;
    private readonly GenerationScheduler _scheduler;
    private readonly TorchModelOptions _options;
    private readonly FrozenPolicies<FrozenBase> _frozen;
    private readonly SamplingFingerprint _fingerprint;
    private bool _disposed;

    internal TorchLanguageModel(string id, DecoderWeights weights, Tokenizer tokenizer, ChatTemplate template, TorchModelOptions options)
    {
        (_options, _weights, Tokenizer, Template, Base) = (options, weights, tokenizer, template, new PolicyId(id));
        if (tokenizer.VocabularySize > weights.Config.VocabularySize)
            throw new AgentTeamsException($"The tokenizer has {tokenizer.VocabularySize} ids but the model '{id}' only {weights.Config.VocabularySize}. Use the tokenizer that belongs to the model.");
        _fingerprint = new(Config, tokenizer, template, options.DefaultMaxOutputTokens);
        _policies = new(Base, weights.Set, NewValueHead);
        _training = NewPass(weights);
        _frozen = new(() => new FrozenBase(weights, _training, NewPass));
        _engine = new TorchInferenceEngine(weights, options, _policies.AdapterOf);
        _scheduler = new GenerationScheduler(id, _engine, WeightsVersion, new GenerationLimits(options.MaxConcurrentSequences, options.MaxQueuedRequests, options.PrefillTokensPerPass));
    }

    /// <inheritdoc/>
    public string Id => Base.Model;

    /// <summary>The policy of the model's own weights.</summary>
    public PolicyId Base { get; }

    /// <summary>The shape.</summary>
    public ModelConfig Config => _weights.Config;

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Where it computes, as libtorch names it, such as <c>cuda:0</c>, and in which element type.</summary>
    public string Device => $"{_weights.Device} {_weights.Set.Type}";

    /// <inheritdoc/>
    public Reproducibility Reproducibility => Reproducibility.Tolerant;

    /// <summary>The model's own weights first, then its adapters by name.</summary>
    public IReadOnlyList<PolicyId> Policies => _policies.All;

    /// <summary>What was generated so far, and how much of the prompts was shared.</summary>
    public GenerationStatistics Statistics => _scheduler.Statistics;

    internal GenerationScheduler Scheduler => _scheduler;

    internal TrainingPass Training => _training;

    internal ISamplingEngine Engine => _engine;

    /// <summary>A model with random weights, the same as those of the CPU engine for the same seed.</summary>
    /// <param name="id">The id by which policies name it.</param>
    /// <param name="config">The shape.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">Its chat template.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="options">How it uses the device.</param>
    /// <exception cref="AgentTeamsException">There are no native libraries, no such device, or not enough memory; the message says what to change.</exception>
    public static TorchLanguageModel Create(string id, ModelConfig config, Tokenizer tokenizer, ChatTemplate template, SeedKey seed, TorchModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(seed);
        config.Validate(id);
        options ??= new();
        return Released.OnError(NewWeights(config, options, ScalarType.Float32), weights =>
        {
            weights.Set.Randomize(seed.ToRandom(), config.Layers);
            return new TorchLanguageModel(id, weights, tokenizer, template, options);
        });
    }

    /// <summary>Loads a Hugging Face folder: <c>config.json</c>, <c>model.safetensors</c> or its shards, <c>tokenizer.json</c>.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, unsupported, or does not fit the others.</exception>
    /// <exception cref="AgentTeamsException">There are no native libraries, no such device, or not enough memory; the message says what to change.</exception>
    public static TorchLanguageModel Load(string id, string directory, ChatTemplate? template = null, TorchModelOptions? options = null)
    {
        options ??= new();
        return Released.OnError(LoadWeights(directory, CheckpointFolder.DefaultFile, options), weights =>
        {
            var model = new TorchLanguageModel(id, weights, Tokenizer.Load(Path.Combine(directory, "tokenizer.json")), template ?? ChatTemplateFolder.Load(directory), options);
            return Released.OnError(model, m =>
            {
                m._policies.LoadValueHead(directory);
                return m;
            });
        });
    }

    /// <inheritdoc/>
    public void SaveAdapter(PolicyId policy, string directory) => _policies.SaveAdapter(policy, directory);

    /// <summary>Writes the model as a Hugging Face folder, and each adapter in PEFT layout below <c>adapters/</c>.</summary>
    public void SavePretrained(string directory) => Write(directory, withBase: true);

    /// <summary>Adds an adapter that changes nothing yet.</summary>
    /// <exception cref="AgentTeamsException">The name is taken, or the options are malformed.</exception>
    public PolicyId AddAdapter(string name, SeedKey seed, LoraOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(seed);
        options ??= new LoraOptions();
        options.Validate(name);
        return Released.OnError(new AdapterWeights(name, _weights, options), adapter =>
        {
            adapter.Set.Randomize(seed.ToRandom(), Config.Layers);
            return _policies.Add(adapter.Name, adapter.Options, adapter, adapter.Set);
        });
    }

    /// <summary>Adds an adapter from a folder in PEFT layout.</summary>
    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to a model of another shape.</exception>
    public PolicyId LoadAdapter(string name, string directory)
    {
        var adapter = ReadAdapter(name, directory, _weights);
        return Released.OnError(adapter, a => _policies.Add(a.Name, a.Options, a, a.Set, directory));
    }

    /// <summary>
    /// Gives a policy a critic's head, whose values are 0 until it is trained: <see cref="TokenScores.Values"/> then holds a value
    /// for each completion token, of the state that the token is predicted from, and losses may push it.
    /// </summary>
    /// <exception cref="AgentTeamsException">The policy has a value head already, or the model has no such policy.</exception>
    public void AddValueHead(PolicyId policy) => _policies.AddValueHead(policy);

    /// <summary>
    /// Adds an adapter to the model's own weights: the base then answers as the adapter did, up to rounding, and
    /// <see cref="SavePretrained"/> writes a model that needs no adapter. Other adapters then sit on the changed base.
    /// </summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    public void MergeAdapter(PolicyId policy) => Merge(policy, 1);

    /// <summary>Takes off what <see cref="MergeAdapter"/> added, up to rounding, if the adapter was not trained in between.</summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    public void UnmergeAdapter(PolicyId policy) => Merge(policy, -1);

    /// <inheritdoc/>
    public long WeightsVersion(PolicyId policy) => SetOf(policy).Updates;

    /// <inheritdoc/>
    public IChatClient GetChatClient(PolicyId policy)
    {
        SetOf(policy);
        return new LocalChatClient(policy, Tokenizer, Template, StopIds, _options.DefaultMaxOutputTokens, Config.MaxPositions, _scheduler);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TokenScores> Evaluate(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
        _training.Score(rows, PartsOf(policy), cancellationToken);

    /// <inheritdoc/>
    public TokenLossResult Accumulate(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, CancellationToken cancellationToken = default) =>
        _training.Accumulate(rows, PartsOf(policy), loss, cancellationToken);

    /// <inheritdoc/>
    public void DiscardGradient(PolicyId policy)
    {
        foreach (var set in PartsOf(policy).Trained(_weights)) set.ClearGradient();
    }

    /// <inheritdoc/>
    public OptimizerReport Apply(PolicyId policy, AdamWOptions step)
    {
        if (policy == Base) _frozen.KeepBase();
        var report = AdamW.Apply(PartsOf(policy).Trained(_weights), step, policy.ToString());
        _engine.Invalidate();
        return report;
    }

    /// <inheritdoc/>
    public ITokenScorer Snapshot(PolicyId policy)
    {
        var parts = PartsOf(policy);
        return _frozen.Add(below => below.Over(parts.Copy(below.Weights)));
    }

    /// <inheritdoc/>
    public ITokenScorer LoadSnapshot(PolicyId policy, string directory)
    {
        PartsOf(policy);
        if (ModelCheckpoint.LeavesBase(directory, Id, _policies.UnchangedBase))
            return _frozen.Add(b => b.Over(new PolicyParts(policy.Adapter is { } own ? ReadAdapter(own, PolicyFolder.Of(directory, policy), b.Weights) : null, null)));
        var weights = LoadWeights(directory, CheckpointFolder.DefaultFile, _options);
        return Released.OnError(weights, w =>
        {
            var below = new FrozenBase(w, NewPass(w), NewPass) { IsOwner = true };
            return _frozen.Add(below, b => b.Over(new PolicyParts(policy.Adapter is { } name ? ReadAdapter(name, PolicyFolder.Of(directory, policy), w) : null, null)));
        });
    }

    /// <inheritdoc/>
    public void Save(string directory, IReadOnlyCollection<PolicyId>? trained = null)
    {
        var unchanged = trained?.Contains(Base) == false ? _policies.UnchangedBase : null;
        Write(directory, withBase: unchanged is null);
        ModelCheckpoint.Save(directory, unchanged, _policies.Sets());
    }

    /// <inheritdoc/>
    public void Verify(string directory) => ModelCheckpoint.Check(directory, Id, Config, _policies.UnchangedBase, _policies.Sets());

    /// <inheritdoc/>
    public void Load(string directory)
    {
        Verify(directory);
        _frozen.KeepBase();
        ModelCheckpoint.Load(directory, Id, Config, _policies.UnchangedBase, _policies.Sets());
        _engine.Invalidate();
    }

    /// <inheritdoc/>
    public string WeightsHash() => _policies.Hash();

    /// <inheritdoc/>
    public string SamplingFingerprint => _fingerprint.Of(_policies.Sets());

    /// <summary>Releases the memory of weights, caches and snapshots at once.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _scheduler.Dispose();
        _engine.Dispose();
        _frozen.Dispose();
        _training.Dispose();
        foreach (var policy in Policies) PartsOfKnown(policy).Dispose();
        _weights.Dispose();
    }

    internal static DecoderWeights LoadWeights(string directory, string file, TorchModelOptions options)
    {
        var config = ModelConfig.Load(Path.Combine(directory, "config.json"));
        using var folder = CheckpointFolder.Open(directory, file);
        var matrices = folder.Tensors.Values.Where(t => t.Shape.Count > 1);
        var isHalf = matrices.Any() && matrices.All(t => t.Type == SafeTensorTypes.BFloat16);
        return Released.OnError(NewWeights(config, options, isHalf ? ScalarType.BFloat16 : ScalarType.Float32), weights =>
        {
            weights.Set.Import(folder, trained: false);
            return weights;
        });
    }

    internal float[] Logits(PolicyId policy, int[] ids) => _training.Logits(ids, PartsOf(policy));

    internal ParameterSet SetOf(PolicyId policy) => PartsOf(policy).Adapter?.Set ?? _weights.Set;

    private int[] StopIds => [.. Config.AdditionalEndOfSequenceIds.Prepend(Config.EndOfSequenceId).Union(Template.StopIds(Tokenizer))];

    private static DecoderWeights NewWeights(ModelConfig config, TorchModelOptions options, ScalarType stored)
    {
        options.Validate();
        var device = TorchRuntime.Open(options.Device, options.DeviceIndex);
        var type = options.Precision switch
        {
            TorchPrecision.Full => ScalarType.Float32,
            TorchPrecision.BFloat16 => ScalarType.BFloat16,
            _ => device.type == DeviceType.CPU ? ScalarType.Float32 : stored,
        };
        return new DecoderWeights(config, device, type);
    }

    private TrainingPass NewPass(DecoderWeights weights) => new(weights, _options, row => ConstrainedDistribution.Of(row, Tokenizer, StopIds));

    private PolicyParts PartsOf(PolicyId policy)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _policies.Require(policy);
        return PartsOfKnown(policy);
    }

    private PolicyParts PartsOfKnown(PolicyId policy) => new(_policies.AdapterOf(policy), _policies.ValueHeadOf(policy));

    private (ValueHead, ITrainedParameters) NewValueHead()
    {
        var head = new ValueHead(Config.HiddenSize, _weights.Device);
        return (head, head.Set);
    }

    private static AdapterWeights ReadAdapter(string name, string directory, DecoderWeights weights)
    {
        var options = AdapterFiles.LoadOptions(name, directory);
        using var folder = CheckpointFolder.Open(directory, AdapterFiles.WeightsFile);
        return Released.OnError(new AdapterWeights(name, weights, options), adapter =>
        {
            adapter.Set.Import(folder, trained: true);
            return adapter;
        });
    }

    private void Write(string directory, bool withBase)
    {
        Directory.CreateDirectory(directory);
        var type = _weights.Set.Trained.dtype == ScalarType.BFloat16 ? "bfloat16" : "float32";
        File.WriteAllText(Path.Combine(directory, "config.json"), ModelConfigFile.ToJson(Config with { ChatTemplate = ChatTemplateFolder.Save(directory, Template) }, type));
        Tokenizer.Save(Path.Combine(directory, "tokenizer.json"));
        if (withBase) CheckpointFolder.Write(directory, _weights.Set.Export(), MaxShardBytes);
        _policies.Save(directory);
    }

    private void Merge(PolicyId policy, int sign)
    {
        if (PartsOf(policy).Adapter is not { } adapter) throw new AgentTeamsException($"'{policy}' is no adapter; its weights need no merging.");
        _frozen.KeepBase();
        adapter.Merge(_weights, sign);
        _engine.Invalidate();
    }
}
