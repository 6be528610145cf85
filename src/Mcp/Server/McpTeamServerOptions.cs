using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Mcp;

/// <summary>What clients are told of a <see cref="McpTeamServer"/>, and how its runs are kept.</summary>
public sealed record McpTeamServerOptions : IChecked
{
    /// <summary>The server's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version.</summary>
    /// <value>"1.0.0" by default.</value>
    public string Version { get; init; } = "1.0.0";

    /// <summary>What clients may tell their models about the server.</summary>
    /// <value>Null, the default, for nothing.</value>
    public string? Instructions { get; init; }

    /// <summary>
    /// How many of the latest runs can be read as resources; the oldest give way. A run is read by its id, which a client finds in its result and nobody can guess.
    /// </summary>
    /// <value>At least 0, for none; 100 by default.</value>
    public int KeptRuns { get; init; } = 100;

    /// <summary>How many runs of a tool may wait for people at once in memory; the oldest give way. Runs in a store of <see cref="McpServedOptions.Checkpoints"/> are not limited.</summary>
    /// <value>At least 1; 100 by default.</value>
    public int MaxWaitingRuns { get; init; } = 100;

    /// <summary>
    /// Whether clients are told the messages of errors. They may hold what users wrote, addresses and keys; without, clients are told the kind of error and the
    /// node, and the log the rest.
    /// </summary>
    /// <value>False by default.</value>
    public bool TellErrors { get; init; }

    /// <summary>The clock of runs.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where calls and failures are logged. Over stdio, standard output belongs to the protocol: log to standard error.</summary>
    /// <value>Nowhere by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(!string.IsNullOrWhiteSpace(Name), "Name is empty; give the server a name.")
        .RequireThat(!string.IsNullOrWhiteSpace(Version), "Version is empty; give the server a version.")
        .AtLeast(0, KeptRuns)
        .AtLeast(1, MaxWaitingRuns);
}
