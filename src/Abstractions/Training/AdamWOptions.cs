namespace AgentTeams.Models;

/// <summary>One AdamW step (Loshchilov and Hutter 2019, algorithm 2) with clipping of the global gradient norm.</summary>
public sealed record AdamWOptions : IChecked
{
    /// <summary>Learning rate.</summary>
    /// <value>At least 0; 1e-3 by default.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the first moment.</summary>
    /// <value>At least 0 and below 1; 0.9 by default.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>At least 0 and below 1; 0.999 by default.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    /// <value>Above 0; 1e-8 by default.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay, applied to every parameter.</summary>
    /// <value>At least 0; 0 by default.</value>
    public double WeightDecay { get; init; }

    /// <summary>The gradient is scaled down to this global L2 norm if it is larger.</summary>
    /// <value>Above 0, infinity for no clipping; 1 by default.</value>
    public double MaxGradientNorm { get; init; } = 1;

    void IChecked.Check(OptionChecks checks) => checks
        .Within(0, double.PositiveInfinity, LearningRate)
        .Require(Beta1 is >= 0 and < 1, Beta1, "a number of at least 0 and below 1")
        .Require(Beta2 is >= 0 and < 1, Beta2, "a number of at least 0 and below 1")
        .Positive(Epsilon)
        .Within(0, double.PositiveInfinity, WeightDecay)
        .Require(MaxGradientNorm > 0, MaxGradientNorm, "a number above 0, or infinity");
}

/// <summary>What an optimiser step did.</summary>
/// <param name="GradientNorm">The global L2 norm before clipping.</param>
/// <param name="WeightsVersion">The policy's version after the step.</param>
public sealed record OptimizerReport(double GradientNorm, long WeightsVersion);
