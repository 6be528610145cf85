using System.Security.Cryptography;
using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>What a client sends back with a person's answer: which run waits, and a digest of the arguments with which it began, as those of the second call change nothing.</summary>
internal sealed record ServedState(string RunId, string Arguments)
{
    private const char Separator = '.';

    /// <summary>The state of a run that begins.</summary>
    /// <param name="input">The input; null where nothing can wait.</param>
    public static ServedState Begin(object? input) => new(Guid.NewGuid().ToString("n"), input is null ? "" : DigestOf(input));

    /// <summary>The state that a client sent back; one without a run where it is none of this library's.</summary>
    public static ServedState Parse(string text) => text.Split(Separator) is [var runId, var arguments] ? new(runId, arguments) : new("", "");

    public bool IsOf(object? input) => Arguments == DigestOf(input);

    public override string ToString() => $"{RunId}{Separator}{Arguments}";

    private static string DigestOf(object? input) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(TrajectoryJson.ToElement(input))));
}
