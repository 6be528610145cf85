using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>Arguments of a tool call, from an object with a member for each.</summary>
internal static class ToolArguments
{
    public static Dictionary<string, object?> Of(object? arguments) => arguments switch
    {
        null => [],
        IReadOnlyDictionary<string, object?> given => new(given),
        // A model sends JSON, so what the tool is given went through JSON.
        _ => JsonSerializer.SerializeToElement(arguments, AIJsonUtilities.DefaultOptions) is { ValueKind: JsonValueKind.Object } json
            ? json.EnumerateObject().ToDictionary(p => p.Name, object? (p) => p.Value.Clone(), StringComparer.Ordinal)
            : throw new ArgumentException($"The arguments of a tool call are an object with a member for each, for example new {{ query = \"rain\" }}, and not '{arguments}'.", nameof(arguments)),
    };
}
