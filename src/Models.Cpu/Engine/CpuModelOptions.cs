namespace AgentTeams.Models;

/// <summary>
/// How a model uses the CPU. No value changes a result but <see cref="LocalEngineOptions.TokensPerMicroBatch"/>, which fixes the order of summation.
/// </summary>
public sealed record CpuModelOptions : LocalEngineOptions
{
    /// <summary>Threads that compute.</summary>
    /// <value>At least 1; null for as many as there are processors, shared with the other models, the default.</value>
    public int? Threads { get; init; }

    internal override void Check(OptionChecks checks)
    {
        base.Check(checks);
        checks.AtLeast(1, Threads);
    }
}
