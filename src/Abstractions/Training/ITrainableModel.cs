using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>A frozen copy of a policy, as a KL reference. Disposing it releases its memory; the model's disposal does so too.</summary>
public interface ITokenScorer : IDisposable
{
    /// <summary>The scores of each row's completion tokens, in row order.</summary>
    IReadOnlyList<TokenScores> Evaluate(IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default);
}

/// <summary>
/// A model whose policies can be sampled and trained. Gradients add up over <see cref="Accumulate"/> calls until
/// <see cref="Apply"/> or <see cref="DiscardGradient"/>; sampling while <see cref="Apply"/> runs is not allowed.
/// </summary>
public interface ITrainableModel : IDisposable
{
    /// <summary>The model's id.</summary>
    string Id { get; }

    /// <summary>What holds of repeated computations.</summary>
    Reproducibility Reproducibility { get; }

    /// <summary>The policies that can be trained: the model's own weights, or its adapters.</summary>
    IReadOnlyList<PolicyId> Policies { get; }

    /// <summary>How many updates a policy has received.</summary>
    long WeightsVersion(PolicyId policy);

    /// <summary>A client that samples a policy and puts a <see cref="TokenTrace"/> into every response.</summary>
    IChatClient GetChatClient(PolicyId policy);

    /// <summary>The scores of each row's completion tokens under the policy's current weights, in row order.</summary>
    IReadOnlyList<TokenScores> Evaluate(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default);

    /// <summary>Adds d loss / d weights of the rows to the policy's gradient.</summary>
    TokenLossResult Accumulate(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, CancellationToken cancellationToken = default);

    /// <summary>Forgets the accumulated gradient of a policy.</summary>
    void DiscardGradient(PolicyId policy);

    /// <summary>Updates the policy's weights with the accumulated gradient, forgets the gradient and advances the version.</summary>
    /// <exception cref="NonFiniteGradientException">The gradient is not finite; weights and optimiser state are left as they were.</exception>
    OptimizerReport Apply(PolicyId policy, AdamWOptions step);

    /// <summary>A frozen copy of a policy. It shares the model's own weights until these are about to change.</summary>
    ITokenScorer Snapshot(PolicyId policy);

    /// <summary>A frozen policy as <see cref="Save"/> wrote it; the model itself stays as it is. Its values are not read.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged.</exception>
    ITokenScorer LoadSnapshot(PolicyId policy, string directory);

    /// <summary>Writes weights, optimiser state and versions of all policies into an empty folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="trained">
    /// The policies that are being trained, or null for any. Where the model's own weights are not among them and still those that it was made
    /// or loaded with, only their checksum is written: whoever restores the folder has them.
    /// </param>
    void Save(string directory, IReadOnlyCollection<PolicyId>? trained = null);

    /// <summary>Restores what <see cref="Save"/> wrote, after <see cref="Verify"/>.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged; nothing was changed.</exception>
    void Load(string directory);

    /// <summary>Checks that <see cref="Load"/> can restore a folder, down to the last value; changes nothing.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged.</exception>
    void Verify(string directory);

    /// <summary>SHA-256 over all trainable weights, in lower-case hexadecimal digits.</summary>
    string WeightsHash();

    /// <summary>
    /// A fingerprint of what replies depend on besides the weights: shape, tokenizer, chat template, adapters' scales, limits, and the
    /// server where one samples. Replies recorded under another stand for no reply of this model.
    /// </summary>
    string SamplingFingerprint { get; }
}
