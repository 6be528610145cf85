using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// A preference pair as a line of JSONL: two replies to one question as trainers of preferences read them, anything else as two lists of examples.
/// </summary>
internal sealed record PreferenceLine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string? Agent { get; init; }

    public IReadOnlyList<SftLine.Message>? Prompt { get; init; }

    public IReadOnlyList<SftLine.Message>? Chosen { get; init; }

    public IReadOnlyList<SftLine.Message>? Rejected { get; init; }

    public IReadOnlyList<JsonElement>? ChosenCalls { get; init; }

    public IReadOnlyList<JsonElement>? RejectedCalls { get; init; }

    public double? Margin { get; init; }

    public string? Task { get; init; }

    public string? Model { get; init; }

    public int[]? PromptIds { get; init; }

    public int[]? ChosenIds { get; init; }

    public int[]? RejectedIds { get; init; }

    public static string Write(PreferencePair pair)
    {
        var line = new PreferenceLine { Margin = pair.Margin, Task = pair.Task };
        var (chosen, rejected) = (pair.Chosen[0], pair.Rejected[0]);
        return JsonSerializer.Serialize(IsPlain(pair)
            ? line with
            {
                Agent = chosen.Role, Prompt = [.. chosen.Messages.Select(m => new SftLine.Message(m.Role.Value, m.Text))],
                Chosen = [new(ChatRole.Assistant.Value, chosen.Reply)], Rejected = [new(ChatRole.Assistant.Value, rejected.Reply)],
                Model = chosen.SampledBy, PromptIds = chosen.Tokens?.PromptIds, ChosenIds = chosen.Tokens?.CompletionIds, RejectedIds = rejected.Tokens?.CompletionIds,
            }
            : line with { ChosenCalls = Calls(pair.Chosen), RejectedCalls = Calls(pair.Rejected) }, Options);
    }

    /// <param name="line">The line.</param>
    /// <param name="where">What names it in an error.</param>
    public static PreferencePair Read(string line, string where)
    {
        PreferenceLine? read;
        try
        {
            read = JsonSerializer.Deserialize<PreferenceLine>(line, Options);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The {where} is no JSON of a preference: {e.Message} Write lines of the form {{\"agent\": \"coder\", \"prompt\": [..], \"chosen\": [..], \"rejected\": [..]}}.", e);
        }

        if (read is { ChosenCalls: { Count: > 0 } better, RejectedCalls: { Count: > 0 } worse })
            return new(better.Select(c => SftLine.Read(c.GetRawText(), where)), worse.Select(c => SftLine.Read(c.GetRawText(), where))) { Margin = read.Margin ?? 0, Task = read.Task ?? "" };
        if (read is not { Agent.Length: > 0, Prompt: [_, ..] prompt, Chosen: [.., { Content: { } chosen }], Rejected: [.., { Content: { } rejected }] })
            throw new AgentTeamsException($"The {where} has no \"agent\", \"prompt\", \"chosen\" or \"rejected\". Give all four, the last three as lists of messages.");
        var asked = AgentTeams.Workflows.Prompt.From([.. prompt.Select(m => new ChatMessage(new ChatRole(m.Role ?? "user"), m.Content ?? ""))]);
        SftExample Of(string reply, int[]? ids) => new(read.Agent, asked, reply) { SampledBy = read.Model, Tokens = read.PromptIds is { } before && ids is not null ? new(before, ids) : null };
        return new([Of(chosen, read.ChosenIds)], [Of(rejected, read.RejectedIds)]) { Margin = read.Margin ?? 0, Task = read.Task ?? "" };
    }

    // Whether the plain form loses nothing.
    private static bool IsPlain(PreferencePair pair) => pair is { Chosen: [var chosen], Rejected: [var rejected] }
        && chosen.Role == rejected.Role && PreferencePair.QuestionOf(chosen.Messages) == PreferencePair.QuestionOf(rejected.Messages)
        && chosen.Weight == 1 && rejected.Weight == 1 && chosen.SampledBy == rejected.SampledBy
        && (chosen.Tokens is { } own ? rejected.Tokens is { } other && own.PromptIds.AsSpan().SequenceEqual(other.PromptIds) : rejected.Tokens is null);

    private static List<JsonElement> Calls(IReadOnlyList<SftExample> examples) => [.. examples.Select(e => JsonElement.Parse(e.ToLine()))];
}
