namespace AgentTeams.Rl;

/// <summary>Supervised fine-tuning of each policy on the rows of its roles.</summary>
public sealed record SftOptions : IChecked
{
    /// <summary>The most passes over the rows.</summary>
    /// <value>At least 0; 30 by default.</value>
    public int MaxEpochs { get; init; } = 30;

    /// <summary>The most updates of the policy with the most rows: no epoch begins that would go beyond them, except the first.</summary>
    /// <value>At least 1, or null, the default, for no limit but <see cref="MaxEpochs"/>.</value>
    public int? MaxUpdates { get; init; }

    /// <summary>Training stops after this many epochs without a lower validation loss, and the best weights are kept.</summary>
    /// <value>At least 1, or null to run all epochs and keep the last weights; 4 by default.</value>
    public int? Patience { get; init; } = 4;

    /// <summary>Rows of one update.</summary>
    /// <value>At least 1; 64 by default.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Updates over which the learning rate rises from 0.</summary>
    /// <value>At least 0, or null, the default, for a tenth of the updates that <see cref="MaxEpochs"/> and <see cref="MaxUpdates"/> allow, at most 20.</value>
    public int? WarmupSteps { get; init; }

    /// <summary>The optimiser.</summary>
    /// <value>A learning rate of 2e-3 and weight decay of 0.01 by default.</value>
    public AdamWOptions Optimizer { get; init; } = new() { LearningRate = 2e-3, WeightDecay = 0.01 };

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(0, MaxEpochs).AtLeast(1, MaxUpdates).AtLeast(1, Patience).AtLeast(1, BatchSize).AtLeast(0, WarmupSteps).Part(Optimizer);
}

/// <summary>What one epoch of supervised fine-tuning did.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Updates">Updates so far.</param>
/// <param name="TrainLoss">Mean negative log-likelihood per token of weight above 0, in nats.</param>
/// <param name="ValidationLoss">The same on the validation rows after the epoch; null where they hold no such token.</param>
/// <param name="Tokens">Tokens trained on in this epoch, prompts included.</param>
/// <param name="IsBest">Whether the validation loss is the lowest so far; always without one.</param>
public sealed record SftEpoch(int Epoch, int Updates, double TrainLoss, double? ValidationLoss, long Tokens, bool IsBest);
