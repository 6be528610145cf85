using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Compares the arguments a tool node gives with the tool's JSON schema.</summary>
internal static class ArgumentChecks
{
    public static IEnumerable<WorkflowProblem> Run(string path, AIFunction tool, IReadOnlyList<string> given)
    {
        var schema = tool.JsonSchema;
        if (schema.ValueKind != JsonValueKind.Object) yield break;
        var known = schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().Select(p => p.Name).ToHashSet(StringComparer.Ordinal)
            : [];
        var open = schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind != JsonValueKind.False;

        if (schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array)
        {
            foreach (var missing in required.EnumerateArray().Select(r => r.GetString()!).Where(r => !given.Contains(r, StringComparer.Ordinal)))
                yield return new(path, $"The tool '{tool.Name}' requires the argument '{missing}', which is not given.", $"Add '{missing}' to the node's arguments.");
        }

        foreach (var unknown in given.Where(g => !open && !known.Contains(g)))
            yield return new(path, $"The tool '{tool.Name}' has no argument '{unknown}'.", known.Count == 0 ? "Give it no arguments." : $"Its arguments are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
    }
}
