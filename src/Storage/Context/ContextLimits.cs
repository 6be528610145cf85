namespace AgentTeams.Storage;

/// <summary>How much a run may keep in a shared context. What goes beyond is refused by a <see cref="ContextLimitException"/>.</summary>
public sealed record ContextLimits : IChecked
{
    /// <summary>The most UTF-8 bytes of a value's JSON.</summary>
    /// <value>At least 1; 256 KiB by default.</value>
    public int MaxValueBytes { get; init; } = 256 << 10;

    /// <summary>The most characters of a key.</summary>
    /// <value>At least 1; 256 by default.</value>
    public int MaxKeyLength { get; init; } = 256;

    /// <summary>The most keys that have a value.</summary>
    /// <value>At least 1; 1000 by default.</value>
    public int MaxKeys { get; init; } = 1000;

    /// <summary>The most UTF-8 bytes of keys and values in all, with every version that is kept.</summary>
    /// <value>At least 1; 64 MiB by default.</value>
    public long MaxTotalBytes { get; init; } = 64 << 20;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxValueBytes).AtLeast(1, MaxKeyLength).AtLeast(1, MaxKeys).AtLeast(1, MaxTotalBytes);
}
