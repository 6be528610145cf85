namespace AgentTeams.Models;

/// <summary>What every engine of local models can be told.</summary>
public abstract record LocalEngineOptions : IChecked
{
    internal LocalEngineOptions() { }

    /// <summary>Tokens whose activations are kept at once in training. Longer rows count as one micro-batch.</summary>
    /// <value>At least 1.</value>
    public int TokensPerMicroBatch { get; init; } = 2048;

    /// <summary>
    /// Whether training keeps one value per layer instead of all, and computes the others again on the way back (Chen et al. 2016):
    /// a third more work for a small part of the memory.
    /// </summary>
    /// <value>False by default.</value>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The most completions that are sampled at once; others wait.</summary>
    /// <value>At least 1.</value>
    public int MaxConcurrentSequences { get; init; } = 512;

    /// <summary>The most requests that wait to be sampled. A caller beyond them waits before its request is queued.</summary>
    /// <value>At least 1; 65,536 by default.</value>
    public int MaxQueuedRequests { get; init; } = 65_536;

    /// <summary>The most prompt tokens of one forward pass. Longer prompts take several, between which others are sampled.</summary>
    /// <value>At least 1.</value>
    public int PrefillTokensPerPass { get; init; } = 2048;

    /// <summary>Bytes that keys and values of all sequences may take. Requests wait until there is room.</summary>
    /// <value>At least 1; 2 GiB by default.</value>
    public long CacheMemory { get; init; } = 2L << 30;

    /// <summary>Bytes of <see cref="CacheMemory"/> that beginnings of past prompts may take, so that they need not be computed again.</summary>
    /// <value>At least 0; 256 MiB by default.</value>
    public long PrefixMemory { get; init; } = 256L << 20;

    /// <summary>The most tokens of a reply whose caller set no limit.</summary>
    /// <value>At least 1; 256 by default.</value>
    public int DefaultMaxOutputTokens { get; init; } = 256;

    void IChecked.Check(OptionChecks checks) => Check(checks);

    internal virtual void Check(OptionChecks checks) => checks
        .AtLeast(1, TokensPerMicroBatch)
        .AtLeast(1, MaxConcurrentSequences)
        .AtLeast(1, MaxQueuedRequests)
        .AtLeast(1, PrefillTokensPerPass)
        .AtLeast(1, CacheMemory)
        .AtLeast(0, PrefixMemory)
        .AtLeast(1, DefaultMaxOutputTokens);
}
