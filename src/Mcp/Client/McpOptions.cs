using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Mcp;

/// <summary>What holds for any connection to an MCP server.</summary>
public record McpOptions : IChecked
{
    /// <summary>The server's name, for messages and records.</summary>
    public required string Name { get; init; }

    /// <summary>The longest that a call may take; with <see cref="ProgressExtendsTimeout"/>, the longest that it may take without progress.</summary>
    /// <value>Positive; 30 seconds by default.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that connecting to the server and listing its tools may take.</summary>
    /// <value>Positive; 30 seconds by default.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether progress that the server reports starts <see cref="CallTimeout"/> anew.</summary>
    /// <value>False by default.</value>
    public bool ProgressExtendsTimeout { get; init; }

    /// <summary>The longest that a call may take, however much progress it reports.</summary>
    /// <value>Positive; null, the default, for no limit.</value>
    public TimeSpan? MaxCallTime { get; init; }

    /// <summary>Hears of the progress of calls. A call that a workflow made tells the run's readers too, as <see cref="ToolProgress"/>.</summary>
    /// <value>Nobody by default.</value>
    public IProgress<McpProgress>? Progress { get; init; }

    /// <summary>The most UTF-8 bytes of text and structured data that a result may hold; a larger one is a failure of the kind <see cref="McpFailure.TooLarge"/>.</summary>
    /// <value>At least 1; 1 MiB by default.</value>
    public int MaxResultBytes { get; init; } = 1 << 20;

    /// <summary>The most bytes of images, audio and other data that a result may hold, as base64.</summary>
    /// <value>At least 0; 16 MiB by default.</value>
    public int MaxDataBytes { get; init; } = 16 << 20;

    /// <summary>Whether a structured result that violates the tool's output schema is a failure of the kind <see cref="McpFailure.InvalidResult"/>.</summary>
    /// <value>True by default.</value>
    public bool ValidateResults { get; init; } = true;

    /// <summary>How long a connection may be idle before the server is asked whether it is still there; one that does not answer in <see cref="CallTimeout"/> is connected to anew by the next call.</summary>
    /// <value>Positive; null, the default, to find out with the next call.</value>
    public TimeSpan? PingInterval { get; init; }

    /// <summary>Answers questions that the server puts to a person during a call; <see cref="McpElicitation.AskRun"/> puts them to whoever answers the run's human requests.</summary>
    /// <value>Null by default: the server is told that nobody can be asked.</value>
    public Func<McpElicitation, CancellationToken, ValueTask<McpElicitationAnswer>>? Elicitation { get; init; }

    /// <summary>The role whose model answers when the server asks for one, and how often it may.</summary>
    /// <value>Null by default: the server is told that there is none.</value>
    public McpSampling? Sampling { get; init; }

    /// <summary>Folders or addresses that the server is told to work in.</summary>
    /// <value>Null by default: the server is told nothing. Absolute paths or URIs.</value>
    public IReadOnlyList<string>? Roots { get; init; }

    /// <summary>The clock of the timeouts and of the delays between attempts to connect.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the connection is logged, and what the server logs: under "AgentTeams.Mcp" and "AgentTeams.Mcp.Server.{Name}".</summary>
    /// <value>Nowhere by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    void IChecked.Check(OptionChecks checks) => Check(checks);

    private protected virtual void Check(OptionChecks checks) => checks
        .RequireThat(!string.IsNullOrWhiteSpace(Name), "Name is empty; give the server a name.")
        .Require(CallTimeout > TimeSpan.Zero, CallTimeout, "a positive time")
        .Require(StartTimeout > TimeSpan.Zero, StartTimeout, "a positive time")
        .Require(MaxCallTime is null || MaxCallTime > TimeSpan.Zero, MaxCallTime, "a positive time, or none")
        .Require(PingInterval is null || PingInterval > TimeSpan.Zero, PingInterval, "a positive time, or none")
        .AtLeast(1, MaxResultBytes)
        .AtLeast(0, MaxDataBytes)
        .RequireThat(Roots is null || Roots.All(r => Uri.TryCreate(r, UriKind.Absolute, out _)), $"Roots holds '{Roots?.FirstOrDefault(r => !Uri.TryCreate(r, UriKind.Absolute, out _))}'; give absolute paths or addresses.");
}
