namespace AgentTeams.Storage;

/// <summary>How a shared context is kept in SQLite. Every value has a default.</summary>
public sealed record SqliteContextOptions : IChecked
{
    /// <summary>How much a run may keep.</summary>
    /// <value>The default limits.</value>
    public ContextLimits Limits { get; init; } = new();

    /// <summary>How often a watch looks for changes of other processes; those of its own store object are told at once.</summary>
    /// <value>Positive; 100 ms by default.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether each change waits until the disk has it. Where it does not, a change survives the end of the process, but not always that of the machine.</summary>
    /// <value>False by default.</value>
    public bool FlushToDisk { get; init; }

    /// <summary>The clock of entries and of watches.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    void IChecked.Check(OptionChecks checks) => checks.Require(PollInterval > TimeSpan.Zero, PollInterval, "a positive time").Part(Limits);
}
