namespace AgentTeams.Models;

/// <summary>
/// What computes a local model: holds its weights, samples and trains. Names, files and the order of things are the model's affair, so an
/// engine knows nothing of policies and folders.
/// </summary>
internal interface ILocalEngine : IDisposable
{
    /// <summary>The shape.</summary>
    ModelConfig Config { get; }

    /// <summary>What holds of repeated computations.</summary>
    Reproducibility Reproducibility { get; }

    /// <summary>Where it computes and in which element type, for people.</summary>
    string Device { get; }

    /// <summary>In what numbers replies are sampled; empty where with the weights themselves.</summary>
    string SamplingFormat { get; }

    /// <summary>The element type of the weights, as <c>config.json</c> names it.</summary>
    string StoredType { get; }

    /// <summary>The model's own weights.</summary>
    ITrainedParameters Weights { get; }

    /// <summary>Samples.</summary>
    IInferenceEngine Inference { get; }

    /// <summary>An adapter whose values are not set yet.</summary>
    IAdapterWeights NewAdapter(string name, LoraOptions options);

    /// <summary>A critic's head whose values are 0.</summary>
    IValueHeadWeights NewValueHead();

    /// <summary>The scores of each row's completion tokens, in row order.</summary>
    IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken);

    /// <summary>The logits after each id, position by position.</summary>
    float[] Logits(int[] ids, PolicyParts parts);

    /// <summary>Adds the gradient of a loss.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="parts">The policy.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="change">Runs what changes the model's own weights on the way, such as another element type, when nobody reads them.</param>
    /// <param name="cancellationToken">Ends the work between two micro-batches.</param>
    TokenLossResult Accumulate(IReadOnlyList<TrainingRow> rows, PolicyParts parts, ITokenLoss loss, Action<Action> change,
        CancellationToken cancellationToken);

    /// <summary>One update with the accumulated gradient, which is forgotten.</summary>
    OptimizerReport Apply(PolicyParts parts, string policy, AdamWOptions options);

    /// <summary>Forgets the accumulated gradient.</summary>
    void DiscardGradient(PolicyParts parts);

    /// <summary>Adds an adapter to the model's own weights, or takes it off (Hu et al. 2022, section 4): W ± scale · B · A.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="sign">1 to add it, -1 to take it off.</param>
    void Merge(IAdapterWeights adapter, int sign);

    /// <summary>To be called after values were set from outside.</summary>
    void Refresh(PolicyParts parts);

    /// <summary>The model's own weights as they are now, frozen; shared until <see cref="IFrozenWeights.Detach"/>.</summary>
    IFrozenWeights Freeze();

    /// <summary>The weights of a folder, frozen.</summary>
    IFrozenWeights ReadFrozen(string directory);
}

/// <summary>A low-rank adapter as an engine keeps it.</summary>
internal interface IAdapterWeights
{
    /// <summary>The name.</summary>
    string Name { get; }

    /// <summary>The shape.</summary>
    LoraOptions Options { get; }

    /// <summary>The values.</summary>
    ITrainedParameters Parameters { get; }

    /// <summary>Random values that change nothing yet.</summary>
    void Randomize(Random random);

    /// <summary>The same values in other memory.</summary>
    IAdapterWeights Copy();
}

/// <summary>A critic's head as an engine keeps it.</summary>
internal interface IValueHeadWeights
{
    /// <summary>The values.</summary>
    ITrainedParameters Parameters { get; }

    /// <summary>The same values in other memory.</summary>
    IValueHeadWeights Copy();
}

/// <summary>The model's own weights below frozen copies of policies.</summary>
internal interface IFrozenWeights : IDisposable
{
    /// <summary>Copies the weights before they change; until then they are shared.</summary>
    void Detach();

    /// <summary>The values.</summary>
    ITrainedParameters Parameters { get; }

    /// <summary>The scores of each row's completion tokens, in row order.</summary>
    IReadOnlyList<TokenScores> Score(IReadOnlyList<TrainingRow> rows, PolicyParts parts, CancellationToken cancellationToken);
}

/// <summary>What a policy has beside the model's own weights.</summary>
/// <param name="Adapter">Its adapter, or null for the model's own weights.</param>
/// <param name="ValueHead">Its critic's head, or null.</param>
internal sealed record PolicyParts(IAdapterWeights? Adapter, IValueHeadWeights? ValueHead) : IDisposable
{
    /// <summary>The same values in other memory.</summary>
    public PolicyParts Copy() => new(Adapter?.Copy(), ValueHead?.Copy());

    /// <summary>Releases what an engine keeps outside of this process's own memory.</summary>
    public void Dispose()
    {
        (Adapter as IDisposable)?.Dispose();
        (ValueHead as IDisposable)?.Dispose();
    }
}
