namespace AgentTeams.Models;

/// <summary>How a model uses the machine. No value changes a result but <see cref="TokensPerMicroBatch"/>, which fixes the order of summation.</summary>
public sealed record CpuModelOptions
{
    /// <summary>Threads that compute; as many as there are processors unless set, and then shared with the other models.</summary>
    public int? Threads { get; init; }

    /// <summary>Tokens whose activations are kept at once in training; 2048 unless set. Longer rows count as one micro-batch.</summary>
    public int TokensPerMicroBatch { get; init; } = 2048;

    /// <summary>
    /// Whether training keeps one value per layer instead of all, and computes the others again on the way back (Chen et al. 2016):
    /// a third more work for a small part of the memory. Off unless set.
    /// </summary>
    public bool RecomputeActivations { get; init; }

    /// <summary>The most completions that are sampled at once; 512 unless set. Others wait.</summary>
    public int MaxConcurrentSequences { get; init; } = 512;

    /// <summary>The most requests that wait to be sampled; 65,536 unless set. Who asks for more waits before the prompt is queued.</summary>
    public int MaxQueuedRequests { get; init; } = 65_536;

    /// <summary>The most prompt tokens of one forward pass; 2048 unless set. Longer prompts take several, between which others are sampled.</summary>
    public int PrefillTokensPerPass { get; init; } = 2048;

    /// <summary>Bytes that keys and values of all sequences may take; 2 GiB unless set. Requests wait until there is room.</summary>
    public long CacheMemory { get; init; } = 2L << 30;

    /// <summary>Bytes of <see cref="CacheMemory"/> that beginnings of past prompts may take, so that they need not be computed again; 256 MiB unless set.</summary>
    public long PrefixMemory { get; init; } = 256L << 20;

    /// <summary>The most tokens of a reply whose caller set no limit; 256 unless set.</summary>
    public int DefaultMaxOutputTokens { get; init; } = 256;

    internal void Validate()
    {
        Require(Threads is null or > 0, nameof(Threads), Threads);
        Require(TokensPerMicroBatch > 0, nameof(TokensPerMicroBatch), TokensPerMicroBatch);
        Require(MaxConcurrentSequences > 0, nameof(MaxConcurrentSequences), MaxConcurrentSequences);
        Require(MaxQueuedRequests > 0, nameof(MaxQueuedRequests), MaxQueuedRequests);
        Require(PrefillTokensPerPass > 0, nameof(PrefillTokensPerPass), PrefillTokensPerPass);
        Require(CacheMemory > 0, nameof(CacheMemory), CacheMemory);
        Require(PrefixMemory >= 0, nameof(PrefixMemory), PrefixMemory);
        Require(DefaultMaxOutputTokens > 0, nameof(DefaultMaxOutputTokens), DefaultMaxOutputTokens);

        static void Require(bool condition, string name, object? value)
        {
            if (!condition) throw new AgentTeamsException($"{nameof(CpuModelOptions)}.{name} is {value}. Give a positive value.");
        }
    }
}
