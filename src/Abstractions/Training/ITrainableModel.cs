using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// A model whose policies can be sampled and trained, in this process or elsewhere. Gradients add up over <see cref="AccumulateAsync"/> calls until
/// <see cref="ApplyAsync"/> or <see cref="DiscardGradientAsync"/>; sampling a policy while it is being changed is allowed where the model is <see cref="IWeightVersions"/>. Failures
/// are in the tasks.
/// Disposal releases what the model holds and waits for nothing.
/// </summary>
public interface ITrainableModel : IDisposable
{
    /// <summary>The model's id.</summary>
    string Id { get; }

    /// <summary>What holds of repeated computations.</summary>
    Reproducibility Reproducibility { get; }

    /// <summary>The policies that can be trained: the model's own weights, or its adapters.</summary>
    IReadOnlyList<PolicyId> Policies { get; }

    /// <summary>
    /// A fingerprint of what replies depend on besides the weights: shape, tokenizer, chat template, adapters' scales, limits, and the
    /// server where one samples. Replies recorded under another stand for no reply of this model.
    /// </summary>
    string SamplingFingerprint { get; }

    /// <summary>How many updates a policy has received.</summary>
    long WeightsVersion(PolicyId policy);

    /// <summary>A client that samples a policy and puts a <see cref="TokenTrace"/> into every response.</summary>
    IChatClient GetChatClient(PolicyId policy);

    /// <summary>The ids of a conversation and of a reply to it, by the model's own template: what supervised fine-tuning learns from.</summary>
    /// <param name="messages">What the model is asked, instructions included; at least one.</param>
    /// <param name="reply">What it should say.</param>
    TokenizedReply Tokenize(IReadOnlyList<ChatMessage> messages, string reply);

    /// <summary>The scores of each row's completion tokens under the policy's current weights, in row order.</summary>
    Task<IReadOnlyList<TokenScores>> ScoreAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default);

    /// <summary>Adds d loss / d weights of the rows to the policy's gradient.</summary>
    Task<TokenLossResult> AccumulateAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, CancellationToken cancellationToken = default);

    /// <summary>Forgets the accumulated gradient of a policy.</summary>
    Task DiscardGradientAsync(PolicyId policy, CancellationToken cancellationToken = default);

    /// <summary>Updates the policy's weights with the accumulated gradient, forgets the gradient and advances the version.</summary>
    /// <exception cref="NonFiniteGradientException">The gradient is not finite; weights and optimiser state are left as they were.</exception>
    Task<OptimizerReport> ApplyAsync(PolicyId policy, AdamWOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives back the memory of a policy's gradient and optimiser state, and leaves them out of checkpoints: for weights that nothing trains any more. Weights and
    /// version stay; an update after it begins with a new optimiser.
    /// </summary>
    /// <remarks>A model that has none to give back need not implement it.</remarks>
    Task ReleaseOptimizerAsync(PolicyId policy, CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>A frozen copy of a policy. It shares the model's own weights until these are about to change.</summary>
    Task<ITokenScorer> SnapshotAsync(PolicyId policy, CancellationToken cancellationToken = default);

    /// <summary>A frozen policy as <see cref="SaveAsync"/> wrote it; the model itself stays as it is. Its values are not read.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged.</exception>
    Task<ITokenScorer> LoadSnapshotAsync(PolicyId policy, string directory, CancellationToken cancellationToken = default);

    /// <summary>Writes weights, optimiser state and versions of all policies into an empty folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="trained">
    /// The policies that are being trained, or null for any. Where the model's own weights are not among them and still those that it was made
    /// or loaded with, only their checksum is written: whoever restores the folder has them.
    /// </param>
    /// <param name="cancellationToken">Ends the writing; the folder then holds no whole checkpoint.</param>
    Task SaveAsync(string directory, IReadOnlyCollection<PolicyId>? trained = null, CancellationToken cancellationToken = default);

    /// <summary>Restores what <see cref="SaveAsync"/> wrote, after <see cref="VerifyAsync"/>.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged; nothing was changed.</exception>
    Task LoadAsync(string directory, CancellationToken cancellationToken = default);

    /// <summary>Checks that <see cref="LoadAsync"/> can restore a folder, down to the last value; changes nothing.</summary>
    /// <exception cref="AgentTeamsException">The folder holds another model, or is damaged.</exception>
    Task VerifyAsync(string directory, CancellationToken cancellationToken = default);

    /// <summary>SHA-256 over all trainable weights, in lower-case hexadecimal digits.</summary>
    Task<string> WeightsHashAsync(CancellationToken cancellationToken = default);
}
