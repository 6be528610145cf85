using System.ComponentModel;
using System.Text.Json.Serialization;

namespace AgentTeams.Servers;

/// <summary>How code ended.</summary>
[JsonConverter(typeof(RunOutcomeConverter))]
internal enum RunOutcome
{
    Completed,
    Passed,
    Failed,
    Error,
    SyntaxError,
    TimedOut,
    CpuLimit,
    MemoryLimit,
    ProcessLimit,
    OutputLimit,
    ScratchLimit,
    Denied,
}

/// <summary>Writes outcomes as <c>timed_out</c>.</summary>
internal sealed class RunOutcomeConverter() : JsonStringEnumConverter<RunOutcome>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);

/// <summary>What a call answers.</summary>
internal sealed record RunResult
{
    [Description("completed: the code ran to its end; passed and failed: so did its tests, and all or not all held; error: an exception or an exit code; denied: something that the sandbox does not allow; the others name the limit.")]
    public required RunOutcome Outcome { get; init; }

    [Description("What was denied: network, file_read, file_write or signal.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Denied { get; init; }

    [Description("One sentence on the outcome, with the error's message.")]
    public required string Explanation { get; init; }

    [Description("Whether the outcome is concluded from an error message or a signal, and not certain.")]
    public bool Inferred { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("Assertions that held, where they could be counted.")]
    public int? TestsPassed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("Assertions that did not hold.")]
    public int? TestsFailed { get; init; }

    public string Stdout { get; init; } = "";

    [Description("Whether something was left out of stdout; the text says how much, where.")]
    public bool StdoutTruncated { get; init; }

    public string Stderr { get; init; } = "";

    [Description("Whether something was left out of stderr.")]
    public bool StderrTruncated { get; init; }

    [Description("128 and the number of the signal for a program that a signal ended; absent where nothing was run or it was stopped.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExitCode { get; init; }

    [Description("Wall time in seconds.")]
    public double Seconds { get; init; }

    [Description("How it was shut in: bubblewrap or unshare; empty where nothing was run.")]
    public required string Isolation { get; init; }
}
