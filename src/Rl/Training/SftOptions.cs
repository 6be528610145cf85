namespace AgentTeams;

/// <summary>Supervised fine-tuning of each policy on the rows of its roles.</summary>
public sealed record SftOptions
{
    /// <summary>The most passes over the rows; 30 unless set.</summary>
    public int MaxEpochs { get; init; } = 30;

    /// <summary>Training stops after this many epochs without a lower validation loss, and the best weights are kept; 4 unless set, null to run all epochs and keep the last weights.</summary>
    public int? Patience { get; init; } = 4;

    /// <summary>Rows of one update; 64 unless set.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Updates over which the learning rate rises; 20 unless set.</summary>
    public int WarmupUpdates { get; init; } = 20;

    /// <summary>The optimiser's parameters; a learning rate of 2e-3 and weight decay of 0.01 unless set.</summary>
    public OptimizerStep Optimizer { get; init; } = new() { LearningRate = 2e-3, WeightDecay = 0.01 };
}

/// <summary>What one epoch of supervised fine-tuning did.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Updates">Updates so far.</param>
/// <param name="TrainLoss">Mean negative log-likelihood per token, in nats.</param>
/// <param name="ValidationLoss">The same on the validation rows after the epoch.</param>
/// <param name="Tokens">Tokens trained on in this epoch, prompts included.</param>
/// <param name="IsBest">Whether the validation loss is the lowest so far.</param>
public sealed record SftEpoch(int Epoch, int Updates, double TrainLoss, double ValidationLoss, long Tokens, bool IsBest);
