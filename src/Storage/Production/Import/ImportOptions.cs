using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Storage;

/// <summary>How <see cref="TraceImport"/> reads, and what it says where the input does not.</summary>
public sealed record ImportOptions
{
    /// <summary>Whether a line that cannot be read ends the import with an exception; what was read before it stays imported.</summary>
    /// <value>False by default: the line is skipped and told of.</value>
    public bool RefuseDamaged { get; init; }

    /// <summary>Is told of each line that is skipped.</summary>
    /// <value>Nobody by default.</value>
    public Action<DamagedLine>? OnDamaged { get; init; }

    /// <summary>The role of replies whose input names none.</summary>
    /// <value>"assistant" by default.</value>
    public string Role { get; init; } = "assistant";

    /// <summary>The workflow's name in the trajectories.</summary>
    /// <value>"import" by default.</value>
    public string WorkflowName { get; init; } = "import";

    /// <summary>Is told of skipped lines as warnings.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
