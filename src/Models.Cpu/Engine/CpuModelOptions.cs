namespace AgentTeams.Models;

/// <summary>
/// How a model uses the CPU. No value changes a result but <see cref="LocalEngineOptions.TokensPerMicroBatch"/>, which fixes the order of summation,
/// and <see cref="SamplingWeights"/>.
/// </summary>
public sealed record CpuModelOptions : LocalEngineOptions
{
    /// <summary>Threads that compute.</summary>
    /// <value>At least 1; null for as many as there are processors, shared with the other models, the default.</value>
    public int? Threads { get; init; }

    /// <summary>
    /// In what numbers replies are sampled. Fewer bits are read faster, which is what decoding of larger models waits for. Scoring and training
    /// use the weights themselves, so what is sampled in other numbers counts as sampled elsewhere: <see cref="Reproducibility.Tolerant"/>,
    /// corrected by importance weights.
    /// </summary>
    /// <value><see cref="WeightFormat.Stored"/> by default.</value>
    public WeightFormat SamplingWeights { get; init; }

    internal override void Check(OptionChecks checks)
    {
        base.Check(checks);
        checks.AtLeast(1, Threads).RequireThat(Enum.IsDefined(SamplingWeights), $"SamplingWeights is {SamplingWeights}; give a WeightFormat.");
    }
}
