namespace AgentTeams.Workflows;

/// <summary>How often a loop goes round.</summary>
public sealed record LoopOptions : IChecked
{
    /// <summary>The most rounds.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int MaxRounds { get; init; } = 10;

    /// <summary>What happens when the rounds are used up and the loop's condition does not hold.</summary>
    /// <value>The run goes on by default.</value>
    public LoopLimit OnLimit { get; init; } = LoopLimit.GoOn;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxRounds);
}

/// <summary>What happens when a loop has used up its rounds.</summary>
public enum LoopLimit
{
    /// <summary>The run goes on with the state of the last round.</summary>
    GoOn,

    /// <summary>The loop's node fails with <see cref="LoopLimitException"/>, which its error route may handle.</summary>
    Fail,
}

/// <summary>How a map goes through its items.</summary>
/// <typeparam name="TItem">An item.</typeparam>
public sealed record MapOptions<TItem> : IChecked
{
    /// <summary>How many items are worked on at the same time.</summary>
    /// <value>At least 1; 16 by default.</value>
    public int MaxConcurrency { get; init; } = 16;

    /// <summary>Names an item in ids and in the record; the keys of one list must differ.</summary>
    /// <value>Null, the default, for the item's index.</value>
    public Func<TItem, string>? Key { get; init; }

    /// <summary>Whether an item that fails is left out of the results; else it fails the node, and the others are cancelled.</summary>
    /// <value>False by default.</value>
    public bool SkipFailed { get; init; }

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(1, MaxConcurrency);
}
