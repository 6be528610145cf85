using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// A decoder-only transformer of the Llama family on the CPU: sampled through chat clients, trained in full or through low-rank
/// adapters that share its frozen weights. Results are <see cref="Reproducibility.Exact"/>.
/// </summary>
public sealed class CpuLanguageModel : ILocalModel
{
    private const long MaxShardBytes = 5L << 30;
    private readonly TransformerWeights _weights;
    private readonly PolicyRegistry<AdapterWeights, ValueHead> _policies;
    private readonly RotaryTable _rotary;
    private readonly WorkerPool _pool;
    private readonly TrainingPass _training;
    private readonly CpuInferenceEngine _engine;
    private readonly GenerationScheduler _scheduler;
    private readonly CpuModelOptions _options;
    private readonly FrozenPolicies<FrozenBase> _frozen;
    private readonly SamplingFingerprint _fingerprint;

    internal CpuLanguageModel(string id, TransformerWeights weights, Tokenizer tokenizer, ChatTemplate template, CpuModelOptions? options)
    {
        _options = options ?? new CpuModelOptions();
        _options.Validate();
        Base = new PolicyId(id);
        (_weights, Tokenizer, Template) = (weights, tokenizer, template);
        _fingerprint = new(Config, tokenizer, template, _options.DefaultMaxOutputTokens);
        _policies = new(Base, new CpuParameters(weights.Parameters), NewValueHead);
        if (tokenizer.VocabularySize > weights.Config.VocabularySize)
            throw new AgentTeamsException($"The tokenizer has {tokenizer.VocabularySize} ids but the model '{id}' only {weights.Config.VocabularySize}. Use the tokenizer that belongs to the model.");
        _pool = _options.Threads is { } threads ? new WorkerPool(threads) : WorkerPool.Shared;
        _weights.Packing.PackForward(_pool);
        _rotary = new RotaryTable(weights.Config);
        _training = NewPass(weights);
        _frozen = new(() => new FrozenBase(weights, NewPass, _pool));
        _engine = new CpuInferenceEngine(weights, _rotary, _pool, _options, _policies.AdapterOf);
        _scheduler = new GenerationScheduler(id, _engine, WeightsVersion, new GenerationLimits(_options.MaxConcurrentSequences, _options.MaxQueuedRequests, _options.PrefillTokensPerPass));
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

    /// <inheritdoc/>
    public Reproducibility Reproducibility => Reproducibility.Exact;

    /// <summary>The model's own weights first, then its adapters by name.</summary>
    public IReadOnlyList<PolicyId> Policies => _policies.All;

    /// <summary>What was generated so far, and how much of the prompts was shared.</summary>
    public GenerationStatistics Statistics => _scheduler.Statistics;

    internal GenerationScheduler Scheduler => _scheduler;

    internal int LiveSnapshots => _frozen.Count;

    /// <summary>A model with random weights.</summary>
    /// <param name="id">The id by which policies name it.</param>
    /// <param name="config">The shape.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">Its chat template.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="options">How it uses the machine.</param>
    public static CpuLanguageModel Create(string id, ModelConfig config, Tokenizer tokenizer, ChatTemplate template, SeedKey seed, CpuModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(seed);
        config.Validate(id);
        var weights = new TransformerWeights(config);
        weights.Randomize(seed.ToRandom());
        return new CpuLanguageModel(id, weights, tokenizer, template, options);
    }

    /// <summary>Loads a Hugging Face folder: <c>config.json</c>, <c>model.safetensors</c> or its shards, <c>tokenizer.json</c>. Weights in BF16 stay so until they are trained.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, unsupported, or does not fit the others.</exception>
    public static CpuLanguageModel Load(string id, string directory, ChatTemplate? template = null, CpuModelOptions? options = null)
    {
        var weights = LoadWeights(directory, "model.safetensors");
        var tokenizer = Tokenizer.Load(Path.Combine(directory, "tokenizer.json"));
        var model = new CpuLanguageModel(id, weights, tokenizer, template ?? ChatTemplateFolder.Load(directory), options);
        model._policies.LoadValueHead(directory);
        return model;
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
        var adapter = new AdapterWeights(name, Config, options);
        adapter.Randomize(seed.ToRandom());
        return Add(adapter);
    }

    /// <summary>Adds an adapter from a folder in PEFT layout.</summary>
    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to a model of another shape.</exception>
    public PolicyId LoadAdapter(string name, string directory) => Add(ReadAdapter(name, directory), directory);

    /// <summary>
    /// Gives a policy a critic's head, whose values are 0 until it is trained: <see cref="TokenScores.Values"/> then holds a value
    /// for each completion token, of the state that the token is predicted from, and losses may push it.
    /// </summary>
    /// <exception cref="AgentTeamsException">The policy has a value head already, or the model has no such policy.</exception>
    public void AddValueHead(PolicyId policy) => _policies.AddValueHead(policy);

    /// <summary>
    /// Adds an adapter to the model's own weights, which become float32: the base then answers as the adapter did, up to rounding,
    /// and <see cref="SavePretrained"/> writes a model that needs no adapter. Other adapters then sit on the changed base.
    /// </summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    public void MergeAdapter(PolicyId policy) => Merge(policy, 1);

    /// <summary>Takes off what <see cref="MergeAdapter"/> added, up to rounding, if the adapter was not trained in between.</summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    public void UnmergeAdapter(PolicyId policy) => Merge(policy, -1);

    /// <inheritdoc/>
    public long WeightsVersion(PolicyId policy) => ParametersOf(policy).Updates;

    /// <inheritdoc/>
    public IChatClient GetChatClient(PolicyId policy)
    {
        ParametersOf(policy);
        return new LocalChatClient(policy, Tokenizer, Template, StopIds, _options.DefaultMaxOutputTokens, Config.MaxPositions, _scheduler);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TokenScores> Evaluate(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default)
    {
        ParametersOf(policy);
        return _training.Score(rows, PartsOf(policy), cancellationToken);
    }

    /// <inheritdoc/>
    public TokenLossResult Accumulate(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, CancellationToken cancellationToken = default)
    {
        // Full training works on float32; frozen weights may stay as they were loaded.
        if (policy == Base && _weights.Parameters.IsHalf)
        {
            _frozen.KeepBase();
            _weights.Parameters.Widen();
            Repack(Base);
        }

        ParametersOf(policy).EnsureTrainable();
        var parts = PartsOf(policy);
        parts.ValueHead?.Parameters.EnsureTrainable();
        return _training.Accumulate(rows, parts, loss, cancellationToken);
    }

    /// <inheritdoc/>
    public void DiscardGradient(PolicyId policy)
    {
        ParametersOf(policy).ClearGradients();
        PartsOf(policy).ValueHead?.Parameters.ClearGradients();
    }

    /// <inheritdoc/>
    public OptimizerReport Apply(PolicyId policy, AdamWOptions step)
    {
        if (policy == Base) _frozen.KeepBase();
        var report = ParametersOf(policy).Apply(step, policy.ToString(), _pool, PartsOf(policy).ValueHead?.Parameters);
        Repack(policy);
        return report;
    }

    /// <inheritdoc/>
    public ITokenScorer Snapshot(PolicyId policy)
    {
        ParametersOf(policy);
        return _frozen.Add(below => below.Over(new PolicyParts(_policies.AdapterOf(policy)?.Copy(_pool), PartsOf(policy).ValueHead?.Copy())));
    }

    /// <inheritdoc/>
    public ITokenScorer LoadSnapshot(PolicyId policy, string directory)
    {
        ParametersOf(policy);
        var adapter = policy.Adapter is { } name ? ReadAdapter(name, PolicyFolder.Of(directory, policy)) : null;
        if (ModelCheckpoint.LeavesBase(directory, Id, _policies.UnchangedBase)) return _frozen.Add(below => below.Over(new PolicyParts(adapter, null)));
        var weights = LoadWeights(directory, CheckpointFolder.DefaultFile);
        weights.Packing.PackForward(_pool);
        return _frozen.Add(new FrozenBase(weights, NewPass, _pool), below => below.Over(new PolicyParts(adapter, null)));
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
        foreach (var policy in Policies) Repack(policy);
    }

    /// <inheritdoc/>
    public string WeightsHash() => _policies.Hash();

    /// <inheritdoc/>
    public string SamplingFingerprint => _fingerprint.Of(_policies.Sets());

    /// <inheritdoc/>
    public void Dispose()
    {
        _scheduler.Dispose();
        _frozen.Dispose();
        if (_pool != WorkerPool.Shared) _pool.Dispose();
    }

    internal static TransformerWeights LoadWeights(string directory, string file)
    {
        var config = ModelConfig.Load(Path.Combine(directory, "config.json"));
        using var folder = CheckpointFolder.Open(directory, file);
        var matrices = folder.Tensors.Values.Where(t => t.Shape.Count > 1);
        var weights = new TransformerWeights(config, matrices.Any() && matrices.All(t => t.Type == SafeTensorTypes.BFloat16));
        weights.Parameters.Import(folder);
        return weights;
    }

    internal float[] Logits(PolicyId policy, int[] ids) => _training.Logits(ids, PartsOf(policy));

    internal ParameterSet ParametersOf(PolicyId policy)
    {
        _policies.Require(policy);
        return _policies.AdapterOf(policy)?.Parameters ?? _weights.Parameters;
    }

    private int[] StopIds => [.. Config.AdditionalEndOfSequenceIds.Prepend(Config.EndOfSequenceId).Union(Template.StopIds(Tokenizer))];

    private TrainingPass NewPass(TransformerWeights weights) =>
        new(weights, _rotary, _pool, _options, row => ConstrainedDistribution.Of(row, Tokenizer, StopIds));

    private void Write(string directory, bool withBase)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "config.json"), ModelConfigFile.ToJson(Config with { ChatTemplate = ChatTemplateFolder.Save(directory, Template) }, _weights.Parameters.IsHalf ? "bfloat16" : "float32"));
        Tokenizer.Save(Path.Combine(directory, "tokenizer.json"));
        if (withBase) CheckpointFolder.Write(directory, _weights.Parameters.Export(), MaxShardBytes);
        _policies.Save(directory);
    }

    private void Merge(PolicyId policy, int sign)
    {
        ParametersOf(policy);
        if (_policies.AdapterOf(policy) is not { } adapter) throw new AgentTeamsException($"'{policy}' is no adapter; its weights need no merging.");
        _frozen.KeepBase();
        _weights.Parameters.Widen();
        AdapterMerge.Apply(_weights, adapter, sign);
        Repack(Base);
    }

    private AdapterWeights ReadAdapter(string name, string directory)
    {
        var adapter = new AdapterWeights(name, Config, AdapterFiles.LoadOptions(name, directory));
        using (var folder = CheckpointFolder.Open(directory, AdapterFiles.WeightsFile)) adapter.Parameters.Import(folder);
        adapter.Packing.PackForward(_pool);
        return adapter;
    }

    private PolicyId Add(AdapterWeights adapter, string? directory = null)
    {
        adapter.Packing.PackForward(_pool);
        return _policies.Add(adapter.Name, adapter.Options, adapter, new CpuParameters(adapter.Parameters), directory);
    }

    private PolicyParts PartsOf(PolicyId policy) => new(_policies.AdapterOf(policy), _policies.ValueHeadOf(policy));

    private (ValueHead, ITrainedParameters) NewValueHead()
    {
        var head = new ValueHead(Config.HiddenSize);
        return (head, new CpuParameters(head.Parameters));
    }

    internal void Repack(PolicyId policy)
    {
        (_policies.AdapterOf(policy)?.Packing ?? _weights.Packing).PackForward(_pool);
        _engine.Invalidate();
    }
}
