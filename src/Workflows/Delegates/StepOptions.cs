using Polly;

namespace AgentTeams.Workflows;

/// <summary>How one step of code behaves when things go wrong; as <see cref="NodeOptions{TState}"/>, but code catches what fails for good.</summary>
public sealed record StepOptions
{
    /// <summary>The step's name.</summary>
    /// <value>Null for the role's or tool's name, the default.</value>
    public string? Name { get; init; }

    /// <summary>The longest that one try of one call may take.</summary>
    /// <value>Positive, or null for no limit, the default.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often a call that threw or timed out is tried again.</summary>
    /// <value>At least 0; 0 by default.</value>
    public int MaxCallRetries { get; init; }

    /// <summary>The wait before the first retry, doubled for each further one up to a minute, and jittered.</summary>
    /// <value>At least 0; 1 second by default.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A pipeline of your own around each call, in place of <see cref="MaxCallRetries"/>.</summary>
    /// <value>Null by default.</value>
    public ResiliencePipeline? Pipeline { get; init; }

    /// <summary>How many answers of a role are validated before the step fails.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int MaxAnswers { get; init; } = 3;

    /// <summary>Whether a role whose answer was not valid is told so, with the reason; else it is asked the same question again.</summary>
    /// <value>False by default.</value>
    public bool TellRejections { get; init; }

    /// <summary>Whether an exception or a timeout of a tool becomes a <see cref="ToolResult"/> with <see cref="ToolResult.IsError"/> instead of being thrown.</summary>
    /// <value>False by default.</value>
    public bool ToolFailureAsResult { get; init; }

    internal static NodeOptions<StepState> ToNode(StepOptions? options) => options is null ? new() : new NodeOptions<StepState>
    {
        Name = options.Name, Timeout = options.Timeout, MaxCallRetries = options.MaxCallRetries, Pipeline = options.Pipeline, MaxAnswers = options.MaxAnswers,
        RetryDelay = options.RetryDelay, TellRejections = options.TellRejections, ToolFailureAsResult = options.ToolFailureAsResult,
    }.Over(new());
}

/// <summary>What a step was given, in a form that shows whether it is given the same when its run is resumed.</summary>
internal static class StepFingerprint
{
    public static string Of(Prompt prompt) => Hash(string.Join('\n', prompt.Messages.Select(m => $"{m.Role}:{m.Text}")));

    public static string Of<T>(T value) => Hash(TrajectoryJson.ToElement(value).GetRawText());

    private static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
