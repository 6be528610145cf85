using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>A model that promises less than it keeps, so that a trainer must correct for its sampling.</summary>
internal sealed class TolerantModel(ITrainableModel inner) : ITrainableModel
{
    public string Id => inner.Id;

    public Reproducibility Reproducibility => Reproducibility.Tolerant;

    public IReadOnlyList<PolicyId> Policies => inner.Policies;

    public string SamplingFingerprint => inner.SamplingFingerprint;

    public long WeightsVersion(PolicyId policy) => inner.WeightsVersion(policy);

    public IChatClient GetChatClient(PolicyId policy) => inner.GetChatClient(policy);

    public TokenizedReply Tokenize(IReadOnlyList<ChatMessage> messages, string reply) => inner.Tokenize(messages, reply);

    public Task<IReadOnlyList<TokenScores>> ScoreAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, CancellationToken cancellationToken = default) => inner.ScoreAsync(policy, rows, cancellationToken);

    public Task<TokenLossResult> AccumulateAsync(PolicyId policy, IReadOnlyList<TrainingRow> rows, ITokenLoss loss, CancellationToken cancellationToken = default) =>
        inner.AccumulateAsync(policy, rows, loss, cancellationToken);

    public Task DiscardGradientAsync(PolicyId policy, CancellationToken cancellationToken = default) => inner.DiscardGradientAsync(policy, cancellationToken);

    public Task ReleaseOptimizerAsync(PolicyId policy, CancellationToken cancellationToken = default) => inner.ReleaseOptimizerAsync(policy, cancellationToken);

    public Task<OptimizerReport> ApplyAsync(PolicyId policy, AdamWOptions options, CancellationToken cancellationToken = default) => inner.ApplyAsync(policy, options, cancellationToken);

    public Task<ITokenScorer> SnapshotAsync(PolicyId policy, CancellationToken cancellationToken = default) => inner.SnapshotAsync(policy, cancellationToken);

    public Task<ITokenScorer> LoadSnapshotAsync(PolicyId policy, string directory, CancellationToken cancellationToken = default) => inner.LoadSnapshotAsync(policy, directory, cancellationToken);

    public Task SaveAsync(string directory, IReadOnlyCollection<PolicyId>? trained = null, CancellationToken cancellationToken = default) => inner.SaveAsync(directory, trained, cancellationToken);

    public Task LoadAsync(string directory, CancellationToken cancellationToken = default) => inner.LoadAsync(directory, cancellationToken);

    public Task VerifyAsync(string directory, CancellationToken cancellationToken = default) => inner.VerifyAsync(directory, cancellationToken);

    public Task<string> WeightsHashAsync(CancellationToken cancellationToken = default) => inner.WeightsHashAsync(cancellationToken);

    public void Dispose() => inner.Dispose();
}
