namespace AgentTeams;

/// <summary>How a model uses the machine. No value changes a result but <see cref="TokensPerMicroBatch"/>, which fixes the order of summation.</summary>
public sealed record CpuModelOptions
{
    /// <summary>Threads that compute; as many as there are processors unless set, and then shared with the other models.</summary>
    public int? Threads { get; init; }

    /// <summary>Tokens whose activations are kept at once in training; 2048 unless set. Longer rows count as one micro-batch.</summary>
    public int TokensPerMicroBatch { get; init; } = 2048;

    /// <summary>The most completions that are sampled at once; 512 unless set. Others wait.</summary>
    public int MaxConcurrentSequences { get; init; } = 512;

    /// <summary>The most tokens of a reply whose caller set no limit; 256 unless set.</summary>
    public int DefaultMaxOutputTokens { get; init; } = 256;
}
