namespace AgentTeams.Rl;

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
    public int WarmupSteps { get; init; } = 20;

    /// <summary>The optimiser's parameters; a learning rate of 2e-3 and weight decay of 0.01 unless set.</summary>
    public AdamWOptions Optimizer { get; init; } = new() { LearningRate = 2e-3, WeightDecay = 0.01 };

    internal void Validate()
    {
        if (MaxEpochs < 0) throw new AgentTeamsException($"SftOptions.MaxEpochs is {MaxEpochs}. Give 0 or more.");
        if (BatchSize < 1) throw new AgentTeamsException($"SftOptions.BatchSize is {BatchSize}. Give at least 1.");
        if (Patience < 1) throw new AgentTeamsException($"SftOptions.Patience is {Patience}. Give at least 1, or null to run all epochs.");
    }
}

/// <summary>What one epoch of supervised fine-tuning did.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Updates">Updates so far.</param>
/// <param name="TrainLoss">Mean negative log-likelihood per token of weight above 0, in nats.</param>
/// <param name="ValidationLoss">The same on the validation rows after the epoch; null where they hold no such token.</param>
/// <param name="Tokens">Tokens trained on in this epoch, prompts included.</param>
/// <param name="IsBest">Whether the validation loss is the lowest so far; always without one.</param>
public sealed record SftEpoch(int Epoch, int Updates, double TrainLoss, double? ValidationLoss, long Tokens, bool IsBest);
