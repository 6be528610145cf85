using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Storage;

/// <summary>How a <see cref="SqliteTrajectoryStore"/> writes.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>
    /// Whether each append waits until the disk has it. Where it does not, a trajectory survives the end of the process, but not always that of the machine.
    /// </summary>
    /// <value>False by default.</value>
    public bool FlushToDisk { get; init; }

    /// <summary>Is told of damaged rows and of values that cannot be written.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
