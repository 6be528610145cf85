using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>The tokens that a message says it cost.</summary>
internal static class MessageUsage
{
    public static TokenUsage? Of(ChatMessageContent message) => Of(message.Metadata);

    /// <summary>The object that holds the usage: one for all messages of one response.</summary>
    public static object? SourceOf(ChatMessageContent message) => message.Metadata?.GetValueOrDefault("Usage");

    public static TokenUsage? Of(IReadOnlyDictionary<string, object?>? metadata)
    {
        if (metadata?.GetValueOrDefault("Usage") is not { } usage) return null;
        if (usage is UsageDetails details) return details.ToTokenUsage();

        // Each connector has a type of its own here, but they agree on the names.
        var json = JsonSerializer.SerializeToElement(usage, usage.GetType());
        if (json.ValueKind != JsonValueKind.Object) return null;
        var (input, output) = (Count(json, "InputTokenCount", "PromptTokens"), Count(json, "OutputTokenCount", "CompletionTokens"));
        return input is null && output is null ? null : new(input ?? 0, output ?? 0);
    }

    private static long? Count(JsonElement usage, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (usage.TryGetProperty(name, out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var value)) return value;
        }

        return null;
    }
}
