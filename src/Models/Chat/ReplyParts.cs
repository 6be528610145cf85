using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>The parts that templates find in a model's raw reply.</summary>
internal static class ReplyParts
{
    /// <summary>Appends text without the white space around it, if anything is left.</summary>
    public static void AddText(List<AIContent> contents, string text)
    {
        text = text.Trim();
        if (text.Length > 0) contents.Add(new TextContent(text));
    }

    /// <summary>A call from a JSON object with its name and its arguments, or null for anything else.</summary>
    /// <param name="json">What may be the object.</param>
    /// <param name="argumentsKey">The key of the arguments, an object.</param>
    /// <param name="reply">The whole reply; call ids derive from it, so that runs are reproducible.</param>
    /// <param name="index">How many calls come before in the reply.</param>
    public static FunctionCallContent? ReadCall(string json, string argumentsKey, string reply, int index)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var call = document.RootElement;
            if (call.ValueKind != JsonValueKind.Object
                || !call.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { Length: > 0 } function
                || !call.TryGetProperty(argumentsKey, out var values) || values.ValueKind != JsonValueKind.Object) return null;
            // Reads every string once: one that is no Unicode would otherwise surface only inside the tool.
            PythonJson.Write(values);
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var value in values.EnumerateObject()) arguments[value.Name] = value.Value.Clone();
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reply)).AsSpan(0, 6));
            return new FunctionCallContent($"call-{hash}-{index}", function, arguments);
        }
        // The second is how the JSON reader reports text that is no Unicode.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
