using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// A decoder-only transformer whose weights are in this process: sampled through chat clients, trained in full or through low-rank
/// adapters that share its frozen weights. <c>CpuLanguageModel</c> and <c>TorchLanguageModel</c> make one on their engine. Its asynchronous
/// members compute on the caller's thread and have ended when they return.
/// </summary>
/// <example>
/// <code>
/// using LocalLanguageModel model = CpuLanguageModel.Load("team", "path/to/model-folder");
/// PolicyId coder = model.AddAdapter("coder", new SeedKey(1));
/// IChatClient client = model.GetChatClient(coder);
/// </code>
/// </example>
public sealed class LocalLanguageModel : ITrainableModel, IWeightAccess, IWeightVersions
{
    private readonly ILocalEngine _engine;
    private readonly LocalEngineOptions _options;
    private readonly PolicyRegistry _policies;
    private readonly FrozenPolicies _frozen;
    private readonly PolicyVersions _versions;
    private readonly GenerationScheduler _scheduler;
    private readonly SamplingFingerprint _fingerprint;
    private bool _disposed;

    internal LocalLanguageModel(string id, Tokenizer tokenizer, ChatTemplate template, LocalEngineOptions options, Func<EngineContext, ILocalEngine> newEngine)
    {
        (Base, Tokenizer, Template, _options) = (new PolicyId(id), tokenizer, template, options);
        _engine = newEngine(new(policy => _policies!.GetAdapter(policy), row => ConstrainedDistribution.Of(row, tokenizer, StopIds)));
        try
        {
            if (tokenizer.VocabularySize > Config.VocabularySize)
                throw new AgentTeamsException($"The tokenizer has {tokenizer.VocabularySize} ids but the model '{id}' only {Config.VocabularySize}. Use the "
                    + "tokenizer that belongs to the model.");
            _fingerprint = new(Config, tokenizer, template, options.DefaultMaxOutputTokens, _engine.SamplingFormat);
            _policies = new(Base, _engine.Weights, _engine.NewValueHead);
            _frozen = new(_engine.Freeze);
            _versions = new(_engine, _policies, _frozen, WeightsVersion);
            _scheduler = new(id, _engine.Inference, _versions,
                new(options.MaxConcurrentSequences, options.MaxQueuedRequests, options.PrefillTokensPerPass));
        }
        catch
        {
            _engine.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Id => Base.Model;

    /// <summary>The policy of the model's own weights.</summary>
    public PolicyId Base { get; }

    /// <summary>The shape.</summary>
    public ModelConfig Config => _engine.Config;

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Where it computes and in which element type, for people; for example <c>cuda:0 BFloat16</c>.</summary>
    public string Device => _engine.Device;

    /// <inheritdoc/>
    public Reproducibility Reproducibility => _engine.Reproducibility;

    /// <summary>The model's own weights first, then its adapters by name.</summary>
    public IReadOnlyList<PolicyId> Policies => _policies.All;

    /// <summary>What was generated so far, and how much of the prompts was shared.</summary>
    public GenerationStatistics Statistics => _scheduler.Statistics;

    /// <inheritdoc/>
    public string SamplingFingerprint => _fingerprint.Of(_policies.Sets());

    internal ILocalEngine Engine => _engine;

    internal GenerationScheduler Scheduler => _scheduler;

    internal PolicyVersions Versions => _versions;

    internal int LiveSnapshots => _frozen.Count;

    private string[] AdaptableModules => [.. ProjectionLayout.Adaptable(Config).Select(ProjectionLayout.ModuleOf)];

    internal int[] StopIds => [.. Config.AdditionalEndOfSequenceIds.Prepend(Config.EndOfSequenceId).Union(Template.StopIds(Tokenizer))];

    /// <summary>Adds an adapter that changes nothing yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="seed">Decides its weights.</param>
    /// <param name="options">Its shape; by default of rank 8 on every projection that the family can adapt.</param>
    /// <exception cref="AgentTeamsException">The name is taken, or the options are malformed.</exception>
    public PolicyId AddAdapter(string name, SeedKey seed, LoraOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ObjectDisposedException.ThrowIf(_disposed, this);
        options ??= new LoraOptions { TargetModules = AdaptableModules };
        options.Validate(name);
        RequireTargets(name, options);
        return Add(_engine.NewAdapter(name, options), adapter => adapter.Randomize(seed.ToRandom()));
    }

    /// <summary>Adds an adapter from a folder in PEFT layout.</summary>
    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to a model of another shape.</exception>
    /// <exception cref="AgentTeamsException">The name is taken.</exception>
    public PolicyId LoadAdapter(string name, string directory)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Add(ReadAdapter(name, directory), _ => { }, directory);
    }

    /// <summary>Writes one adapter in PEFT layout into a folder.</summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    public void SaveAdapter(PolicyId policy, string directory) => _policies.SaveAdapter(policy, directory);

    /// <summary>Writes the model as a Hugging Face folder, and each adapter in PEFT layout below <c>adapters/</c>.</summary>
    public void SavePretrained(string directory) => LocalModelFolder.Write(this, _policies, directory, withBase: true);

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
    public TokenizedReply Tokenize(IReadOnlyList<ChatMessage> messages, string reply)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(reply);
        return new(Template.Render(Tokenizer, messages), [.. Tokenizer.Encode(reply), Template.StopIds(Tokenizer) is [var end, ..] ? end : Config.EndOfSequenceId]);
    }

    /// <inheritdoc/>
    public long WeightsVersion(PolicyId policy)
    {
        _policies.Require(policy);
        return (_policies.GetAdapter(policy)?.Parameters ?? _engine.Weights).Updates;
    }

    /// <inheritdoc/>
    public IChatClient GetChatClient(PolicyId policy)
    {
        PartsOf(policy);
        return NewClient(policy, null);
    }

    /// <inheritdoc/>
    public IChatClient GetChatClient(PolicyId policy, long version)
    {
        Between(policy, () => _versions.Require(policy, version));
        return NewClient(policy, version);
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> KeptVersions(PolicyId policy) => Between(policy, () => _versions.Kept(policy));

    /// <inheritdoc/>
    public long KeepVersion(PolicyId policy) => Between(policy, () => _versions.Keep(policy).Version);

    /// <inheritdoc/>
    public void DropVersion(PolicyId policy, long version) => Between(policy, () =>
    {
        _versions.Drop(policy, version);
        return true;
    });

    /// <inheritdoc/>
    public long Publish(PolicyId policy) => Between(policy, () => _versions.Publish(policy).Version);

    /// <inheritdoc/>
    public void Unpublish(PolicyId policy) => Between(policy, () =>
    {
        _versions.Unpublish(policy);
        return true;
    });

    /// <inheritdoc/>
    public Task<long> RestoreVersionAsync(PolicyId policy, long version, CancellationToken cancellationToken = default) => Completed.Of(() => Between(policy, () =>
    {
        var (parts, kept) = (PartsOf(policy), _versions.Require(policy, version));
        _versions.WillChange(policy);
        TrainedOf(policy).Restore(kept.Adapter?.Parameters ?? kept.Below!.Parameters);
        _engine.Refresh(parts);
        return WeightsVersion(policy);
    }), cancellationToken);

    /// <inheritdoc/>
    public Task SaveVersionsAsync(string directory, CancellationToken cancellationToken = default) => Completed.Of(() => Between(Base, () =>
    {
        _versions.Save(directory);
        return true;
    }), cancellationToken);

    /// <inheritdoc/>
    public Task LoadVersionsAsync(string directory, CancellationToken cancellationToken = default) => Completed.Of(() => Between(Base, () =>
    {
        _versions.Load(directory, ReadAdapter);
        return true;
    }), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TokenScores>> ScoreAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) =>
        Completed.Of(() => _engine.Score(rows, PartsOf(policy), cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<TokenLossResult> AccumulateAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss,
        CancellationToken cancellationToken = default) =>
        Completed.Of(() => _engine.Accumulate(rows, PartsOf(policy), loss, ChangeBase, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task DiscardGradientAsync(PolicyId policy, CancellationToken cancellationToken = default) =>
        Completed.Of(() => _engine.DiscardGradient(PartsOf(policy)), cancellationToken);

    /// <inheritdoc/>
    public Task<OptimizerReport> ApplyAsync(PolicyId policy, AdamWOptions options, CancellationToken cancellationToken = default) => Completed.Of(() =>
    {
        OptionChecks.Validate(options);
        var parts = PartsOf(policy);
        return Change(policy, () => _engine.Apply(parts, policy.ToString(), options));
    }, cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseOptimizerAsync(PolicyId policy, CancellationToken cancellationToken = default) =>
        Completed.Of(() => _policies.ReleaseOptimizer(policy), cancellationToken);

    /// <inheritdoc/>
    public Task<ITokenScorer> SnapshotAsync(PolicyId policy, CancellationToken cancellationToken = default) =>
        Completed.Of(() => _frozen.Add(PartsOf(policy).Copy), cancellationToken);

    /// <inheritdoc/>
    public Task<ITokenScorer> LoadSnapshotAsync(PolicyId policy, string directory, CancellationToken cancellationToken = default) => Completed.Of(() =>
    {
        PartsOf(policy);
        return ModelCheckpoint.LeavesBase(directory, Id, _policies.UnchangedBase)
            ? _frozen.Add(ReadParts)
            : _frozen.Add(_engine.ReadFrozen(directory), ReadParts);

        PolicyParts ReadParts() => new(policy.Adapter is { } name ? ReadAdapter(name, PolicyFolder.Of(directory, policy)) : null, null);
    }, cancellationToken);

    /// <inheritdoc/>
    public Task SaveAsync(string directory, IReadOnlyCollection<PolicyId>? trained = null, CancellationToken cancellationToken = default) => Completed.Of(() =>
    {
        var unchanged = trained?.Contains(Base) == false ? _policies.UnchangedBase : null;
        LocalModelFolder.Write(this, _policies, directory, withBase: unchanged is null);
        ModelCheckpoint.Save(directory, unchanged, _policies.Sets());
    }, cancellationToken);

    /// <inheritdoc/>
    public Task VerifyAsync(string directory, CancellationToken cancellationToken = default) =>
        Completed.Of(() => Verify(directory), cancellationToken);

    /// <inheritdoc/>
    public Task LoadAsync(string directory, CancellationToken cancellationToken = default) => Completed.Of(() =>
    {
        Verify(directory);
        _scheduler.BetweenPasses(() =>
        {
            _versions.AllWillChange();
            ModelCheckpoint.Load(directory, Id, Config, _policies.UnchangedBase, _policies.Sets());
            foreach (var policy in Policies) _engine.Refresh(PartsOf(policy));
            return true;
        });
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<string> WeightsHashAsync(CancellationToken cancellationToken = default) => Completed.Of(_policies.Hash, cancellationToken);

    /// <inheritdoc/>
    public Task<float[]> ReadWeightsAsync(PolicyId policy, CancellationToken cancellationToken = default) => Completed.Of(() => TrainedOf(policy).Read(), cancellationToken);

    /// <inheritdoc/>
    public Task WriteWeightsAsync(PolicyId policy, ReadOnlyMemory<float> weights, bool isUpdate, CancellationToken cancellationToken = default) => Completed.Of(() =>
    {
        var (trained, parts) = (TrainedOf(policy), PartsOf(policy));
        if (weights.Length != trained.Count)
            throw new AgentTeamsException($"The policy '{policy}' has {trained.Count} trained weights, but {weights.Length} were given. Give those that ReadWeightsAsync gave, changed.");
        Change(policy, () =>
        {
            trained.Write(weights.Span, isUpdate);
            _engine.Refresh(parts);
            return true;
        });
    }, cancellationToken);

    /// <summary>Ends sampling and releases the memory of weights, caches and snapshots.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _scheduler.Dispose();
        _versions.ForgetAll();
        _frozen.Dispose();
        foreach (var policy in Policies) _policies.PartsOf(policy).Dispose();
        _engine.Dispose();
    }

    /// <summary>Adds the critic's head that a folder holds, if it holds one.</summary>
    internal void LoadValueHead(string directory) => _policies.LoadValueHead(directory);

    internal float[] Logits(PolicyId policy, int[] ids) => _engine.Logits(ids, PartsOf(policy));

    internal PolicyParts PartsOf(PolicyId policy)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _policies.Require(policy);
        return _policies.PartsOf(policy);
    }

    private ITrainedParameters TrainedOf(PolicyId policy)
    {
        PartsOf(policy);
        return _policies.GetAdapter(policy)?.Parameters ?? _engine.Weights;
    }

    private void Verify(string directory)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ModelCheckpoint.Check(directory, Id, Config, _policies.UnchangedBase, _policies.Sets());
    }

    private void Merge(PolicyId policy, int sign)
    {
        if (PartsOf(policy).Adapter is not { } adapter) throw new AgentTeamsException($"'{policy}' is no adapter; its weights need no merging.");
        ChangeBase(() => _engine.Merge(adapter, sign));
    }

    private LocalChatClient NewClient(PolicyId policy, long? version) =>
        new(policy, Tokenizer, Template, StopIds, _options.DefaultMaxOutputTokens, Config.MaxPositions, _scheduler) { Version = version };

    private T Between<T>(PolicyId policy, Func<T> work)
    {
        PartsOf(policy);
        return _scheduler.BetweenPasses(work);
    }

    // Those who sample the weights go on with a copy of what they were.
    private T Change<T>(PolicyId policy, Func<T> change) => _scheduler.BetweenPasses(() =>
    {
        _versions.WillChange(policy);
        return change();
    });

    private void ChangeBase(Action change) => Change(Base, () =>
    {
        change();
        return true;
    });

    private void RequireTargets(string name, LoraOptions options)
    {
        if (options.TargetModules.FirstOrDefault(m => !AdaptableModules.Contains(m)) is { } other)
            throw new AgentTeamsException($"The adapter '{name}' targets '{other}', which a model of the family '{Config.Family}' does not have as a "
                + $"projection of its own. Choose LoraOptions.TargetModules among {string.Join(", ", AdaptableModules)}.");
    }

    private PolicyId Add(IAdapterWeights adapter, Action<IAdapterWeights> fill, string? directory = null)
    {
        try
        {
            fill(adapter);
            var policy = _policies.Add(adapter, directory);
            _engine.Refresh(new PolicyParts(adapter, null));
            return policy;
        }
        catch
        {
            (adapter as IDisposable)?.Dispose();
            throw;
        }
    }

    private IAdapterWeights ReadAdapter(string name, string directory)
    {
        var options = AdapterFiles.LoadOptions(name, directory);
        RequireTargets(name, options);
        var adapter = _engine.NewAdapter(name, options);
        try
        {
            using var folder = CheckpointFolder.Open(directory, AdapterFiles.WeightsFile);
            adapter.Parameters.Import(folder, trained: true);
            return adapter;
        }
        catch
        {
            (adapter as IDisposable)?.Dispose();
            throw;
        }
    }
}
