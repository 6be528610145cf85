using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>An example as a line of chat-format JSONL.</summary>
internal sealed record SftLine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    public IReadOnlyList<Message>? Messages { get; init; }

    public string? Agent { get; init; }

    public float? Weight { get; init; }

    public string? Model { get; init; }

    public int[]? PromptIds { get; init; }

    public int[]? CompletionIds { get; init; }

    public static string Write(SftExample example) => JsonSerializer.Serialize(new SftLine
    {
        Messages = [.. example.Messages.Select(m => new Message(m.Role.Value, m.Text)), new Message(ChatRole.Assistant.Value, example.Reply)],
        Agent = example.Role,
        Weight = example.Weight == 1 ? null : example.Weight,
        Model = example.SampledBy,
        PromptIds = example.Tokens?.PromptIds,
        CompletionIds = example.Tokens?.CompletionIds,
    }, Options);

    /// <param name="line">The line.</param>
    /// <param name="where">What names it in an error.</param>
    public static SftExample Read(string line, string where)
    {
        SftLine? read;
        try
        {
            read = JsonSerializer.Deserialize<SftLine>(line, Options);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The {where} is no JSON of a chat: {e.Message} Write lines of the form {{\"agent\": \"coder\", \"messages\": [..]}}.", e);
        }

        if (read is not { Agent.Length: > 0, Messages: [_, ..] messages } || messages[^1] is not { Role: "assistant", Content: { } reply })
            throw new AgentTeamsException($"The {where} has no \"agent\", or no \"messages\" that end with one of the role \"assistant\". Give both.");
        var asked = messages.Take(messages.Count - 1).Select(m => new ChatMessage(new ChatRole(m.Role ?? "user"), m.Content ?? "")).ToList();
        return new SftExample(read.Agent, asked, reply)
        {
            Weight = read.Weight ?? 1,
            SampledBy = read.Model,
            Tokens = read is { PromptIds: { } prompt, CompletionIds: { } completion } ? new(prompt, completion) : null,
        };
    }

    public sealed record Message(string? Role, string? Content);
}
