using System.Text.Json.Nodes;

namespace AgentTeams.Mcp;

/// <summary>How far a call got, as the server says.</summary>
/// <param name="Server">The server's name.</param>
/// <param name="Tool">What was called: a tool, a prompt or the address of a resource.</param>
/// <param name="Progress">How much is done; it grows from one report to the next.</param>
/// <param name="Total">How much there is to do; null where the server does not know.</param>
/// <param name="Message">What it is doing, or null.</param>
public sealed record McpProgress(string Server, string Tool, double Progress, double? Total, string? Message)
{
    /// <summary>How much of it is done, from 0 to 1; null where the total is not known.</summary>
    public double? Fraction => Total is > 0 ? Math.Clamp(Progress / Total.Value, 0, 1) : null;

    internal static McpProgress Of(string server, string tool, JsonObject said) => new(server, tool, Number(said, "progress") ?? 0, Number(said, "total"),
        said["message"] is JsonValue message && message.TryGetValue<string>(out var text) ? text : null);

    private static double? Number(JsonObject said, string member) => said[member] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}
