namespace AgentTeams.Models;

/// <summary>One AdamW step (Loshchilov and Hutter 2019, algorithm 2) with clipping of the global gradient norm.</summary>
public sealed record AdamWOptions
{
    /// <summary>Learning rate; 1e-3 unless set.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the first moment; 0.9 unless set.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment; 0.999 unless set.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment; 1e-8 unless set.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay, applied to every parameter; 0 unless set.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The gradient is scaled down to this global L2 norm if it is larger; 1 unless set, infinity for no clipping.</summary>
    public double MaxGradientNorm { get; init; } = 1;
}

/// <summary>What an optimiser step did.</summary>
/// <param name="GradientNorm">The global L2 norm before clipping.</param>
/// <param name="WeightsVersion">The policy's version after the step.</param>
public sealed record OptimizerReport(double GradientNorm, long WeightsVersion);
