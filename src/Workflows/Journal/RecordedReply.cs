using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A model's final answer as a journal holds it: the records have what was said, so only the rest is written.</summary>
internal sealed record RecordedReply
{
    /// <summary>What was said, where the last record does not say just that.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public string? FinishReason { get; init; }

    public string? ModelId { get; init; }

    public string? ResponseId { get; init; }

    public string? ConversationId { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public UsageDetails? Usage { get; init; }

    /// <summary>Properties but for the token trace, which the record has.</summary>
    public Dictionary<string, object?>? Properties { get; init; }

    public static JsonElement Write(ChatResponse reply, IReadOnlyList<TrajectoryNode> records, string node)
    {
        var properties = reply.AdditionalProperties?.Where(p => p.Value is not TokenTrace).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        var last = records.LastOrDefault(n => n.Kind == NodeKind.Role);
        return JournalJson.Write(new RecordedReply
        {
            Messages = last is not null && last.Output.SequenceEqual(reply.Messages) ? null : [.. reply.Messages],
            FinishReason = reply.FinishReason?.Value,
            ModelId = reply.ModelId,
            ResponseId = reply.ResponseId,
            ConversationId = reply.ConversationId,
            CreatedAt = reply.CreatedAt,
            Usage = reply.Usage,
            Properties = properties is { Count: > 0 } ? properties : null,
        }, node);
    }

    /// <summary>The model that a reply names, of a run in memory or as a journal holds it; null where it names none.</summary>
    public static string? ModelOf(object? reply) => reply switch
    {
        ChatResponse live => live.ModelId,
        JsonElement { ValueKind: JsonValueKind.Object } json when json.TryGetProperty("modelId", out var model) && model.ValueKind == JsonValueKind.String => model.GetString(),
        _ => null,
    };

    public static ChatResponse Read(object? written, IReadOnlyList<TrajectoryNode> records, string node)
    {
        if (written is ChatResponse live) return live;
        var reply = written is JsonElement json ? JournalJson.Read<RecordedReply>(json, node)! : new();
        var last = records.LastOrDefault(n => n.Kind == NodeKind.Role);
        var response = new ChatResponse([.. reply.Messages ?? last?.Output ?? []])
        {
            FinishReason = reply.FinishReason is { } reason ? new ChatFinishReason(reason) : null,
            ModelId = reply.ModelId,
            ResponseId = reply.ResponseId,
            ConversationId = reply.ConversationId,
            CreatedAt = reply.CreatedAt,
            Usage = reply.Usage,
        };
        if (reply.Properties is { } properties) response.AdditionalProperties = new(properties);
        if (last?.Tokens is { } trace) (response.AdditionalProperties ??= [])[TokenTrace.PropertyName] = trace;
        return response;
    }
}
