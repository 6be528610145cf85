namespace AgentTeams.Rl;

/// <summary>How a team learns from preference pairs.</summary>
public sealed record PreferenceTrainerOptions : IChecked
{
    /// <summary>The loss.</summary>
    /// <value><see cref="DpoLoss"/> by default; <see cref="KtoLoss"/>, a <see cref="LossSum"/> with one of them, or a preference loss of your own.</value>
    public ITokenLoss Loss { get; init; } = new DpoLoss();

    /// <summary>Passes over the pairs.</summary>
    /// <value>At least 0; 1 by default, since preferences are soon learned by heart.</value>
    public int Epochs { get; init; } = 1;

    /// <summary>Pairs of one update.</summary>
    /// <value>At least 1; 32 by default.</value>
    public int BatchSize { get; init; } = 32;

    /// <summary>The optimiser.</summary>
    /// <value>A learning rate of 1e-4 by default.</value>
    public AdamWOptions Optimizer { get; init; } = new() { LearningRate = 1e-4 };

    /// <summary>How the learning rate moves over the updates.</summary>
    /// <value><see cref="LearningRateSchedule.Constant"/> by default.</value>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Updates over which the learning rate rises from 0.</summary>
    /// <value>At least 0; 5 by default.</value>
    public int WarmupSteps { get; init; } = 5;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat((Loss.Needs & (LossNeeds.Coupling | LossNeeds.Divergence)) != 0, "Loss judges no preferences, so it would teach both sides; give a DpoLoss or a KtoLoss.")
        .AtLeast(0, Epochs).AtLeast(1, BatchSize).AtLeast(0, WarmupSteps).Part(Loss).Part(Optimizer);
}

/// <summary>What one pass over preference pairs did.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="Updates">Batches learned from so far.</param>
/// <param name="Metrics">Metrics under TRL's names, a policy's with its name before them: means over the pass, as the weights were before each update.</param>
public sealed record PreferenceEpoch(int Epoch, int Updates, IReadOnlyDictionary<string, double> Metrics);
