using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>The parts that templates find in a model's raw reply.</summary>
internal static class ReplyParts
{
    private static readonly string[] s_argumentsKeys = ["arguments", "parameters"];

    /// <summary>Appends text without the white space around it, if anything is left.</summary>
    public static void AddText(List<AIContent> contents, string text)
    {
        text = text.Trim();
        if (text.Length > 0) contents.Add(new TextContent(text));
    }

    /// <summary>The length of the longest end of a text that begins a mark without being all of it.</summary>
    public static int Overlap(ReadOnlySpan<char> text, string mark)
    {
        for (var length = Math.Min(mark.Length - 1, text.Length); length > 0; length--)
        {
            if (text.EndsWith(mark.AsSpan(0, length), StringComparison.Ordinal)) return length;
        }

        return 0;
    }

    /// <summary>The call that a whole reply is, or null for anything else.</summary>
    public static FunctionCallContent? WholeCall(string reply, ToolCallFormat format)
    {
        var json = Encoding.UTF8.GetBytes(reply.Trim());
        return ReadCall(json, format, 0, out var length, out _) is { } call && length == json.Length ? call : null;
    }

    /// <summary>The call that a text begins with, or null where it begins with anything else.</summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="format">Names the key of the arguments: an object, a text that holds one, or nothing.</param>
    /// <param name="index">How many calls come before in the reply.</param>
    /// <param name="length">The bytes of the call.</param>
    /// <param name="isCut">Whether the text ends before it shows what it begins with.</param>
    public static FunctionCallContent? ReadCall(ReadOnlySpan<byte> json, ToolCallFormat format, int index, out int length, out bool isCut)
    {
        (length, isCut) = (0, false);
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                isCut = true;
                return null;
            }

            using (document)
            {
                length = (int)reader.BytesConsumed;
                return Call(document.RootElement, format.ArgumentsKey, index);
            }
        }
        // The second is how the JSON reader reports text that is no Unicode.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static FunctionCallContent? Call(JsonElement call, string argumentsKey, int index)
    {
        if (call.ValueKind != JsonValueKind.Object
            || !call.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { Length: > 0 } function
            || Arguments(call, argumentsKey) is not { } arguments) return null;
        return new FunctionCallContent($"call-{index}", function, arguments);
    }

    private static Dictionary<string, object?>? Arguments(JsonElement call, string key)
    {
        // Models that were taught both formats mix up their keys.
        if (!call.TryGetProperty(key, out var values) && !Array.Exists(s_argumentsKeys, k => call.TryGetProperty(k, out values)))
            return call.EnumerateObject().All(p => p.Name is "name" or "type" or "id") ? [] : null;
        if (values.ValueKind == JsonValueKind.String)
        {
            if (string.IsNullOrWhiteSpace(values.GetString())) return [];
            using var inner = JsonDocument.Parse(values.GetString()!);
            return Arguments(inner.RootElement);
        }

        return Arguments(values);
    }

    private static Dictionary<string, object?>? Arguments(JsonElement values)
    {
        if (values.ValueKind == JsonValueKind.Null) return [];
        if (values.ValueKind != JsonValueKind.Object) return null;
        // Reads every string once: one that is no Unicode would otherwise surface only inside the tool.
        PythonJson.Write(values);
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var value in values.EnumerateObject()) arguments[value.Name] = value.Value.Clone();
        return arguments;
    }
}
