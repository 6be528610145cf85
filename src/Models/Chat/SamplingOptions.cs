using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>What a request's <see cref="ChatOptions"/> say of sampling, checked and with defaults filled in.</summary>
internal sealed record SamplingOptions
{
    /// <summary>The key of min-p in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
    public const string MinPKey = "min_p";

    /// <summary>The key of the repetition penalty in <see cref="ChatOptions.AdditionalProperties"/>.</summary>
    public const string RepetitionPenaltyKey = "repetition_penalty";

    // Below this, dividing logits by it overflows.
    private const float LeastTemperature = 1e-6f;
    private const float MostRepetitionPenalty = 10;

    public required float Temperature { get; init; }

    public required Truncation Truncation { get; init; }

    public required float RepetitionPenalty { get; init; }

    public required long Seed { get; init; }

    /// <summary>The most tokens, or null when the request leaves it to the model.</summary>
    public required int? MaxTokens { get; init; }

    public required IList<string> Stops { get; init; }

    /// <summary>The canonical text of the grammar that the reply must satisfy, or null.</summary>
    public required string? Grammar { get; init; }

    /// <exception cref="AgentTeamsException">An option is out of its range.</exception>
    public static SamplingOptions From(ChatOptions? options, ToolCallFormat? toolCalls)
    {
        var minP = Additional(options, MinPKey) ?? 0;
        var penalty = Additional(options, RepetitionPenaltyKey) ?? 1;
        var stops = options?.StopSequences ?? [];
        Require(options?.Temperature is null or 0 or (>= LeastTemperature and <= 2), "temperature", options?.Temperature,
            "0 for greedy, or a value up to 2 that is not tiny");
        Require(options?.TopP is null or (> 0 and <= 1), "TopP", options?.TopP, "a value above 0 and up to 1; 1 keeps all");
        Require(options?.TopK is null or >= 1, "TopK", options?.TopK, "at least 1, or leave it out to keep all");
        Require(options?.MaxOutputTokens is null or >= 1, "MaxOutputTokens", options?.MaxOutputTokens, "at least 1");
        Require(minP is >= 0 and <= 1, MinPKey, minP, "a value from 0 to 1; 0 keeps all");
        Require(penalty is > 0 and <= MostRepetitionPenalty, RepetitionPenaltyKey, penalty, $"a value above 0 and up to {MostRepetitionPenalty}; 1 is none");
        Require(stops.All(s => !string.IsNullOrEmpty(s)), "StopSequences", "with an empty text", "texts of at least one character");
        return new()
        {
            Temperature = options?.Temperature ?? 1,
            Truncation = new(options?.TopK ?? 0, options?.TopP ?? 1, minP),
            RepetitionPenalty = penalty,
            Seed = options?.Seed ?? 0,
            MaxTokens = options?.MaxOutputTokens,
            Stops = stops,
            Grammar = GrammarOf(options, toolCalls),
        };
    }

    private static string? GrammarOf(ChatOptions? options, ToolCallFormat? toolCalls)
    {
        JsonElement? answer = options?.ResponseFormat is ChatResponseFormatJson json ? json.Schema ?? AgentTeams.Models.Grammar.JsonObject : null;
        List<(string, JsonElement)> tools = [.. (options?.Tools ?? []).OfType<AIFunctionDeclaration>().Select(t => (t.Name, ArgumentsOf(t.JsonSchema)))];
        if (options?.ToolMode is not RequiredChatToolMode required)
        {
            if (answer is not { } schema) return null;
            var mayCall = toolCalls is not null && tools.Count > 0 && options!.ToolMode is not NoneChatToolMode;
            return mayCall ? AgentTeams.Models.Grammar.ForToolCall(tools, toolCalls!, schema) : AgentTeams.Models.Grammar.ForSchema(schema);
        }

        if (required.RequiredFunctionName is { } name) tools.RemoveAll(t => t.Item1 != name);
        if (tools.Count == 0)
            throw new AgentTeamsException($"The tool mode requires a call{(required.RequiredFunctionName is { } missing ? $" of '{missing}'" : "")}, but "
                + "ChatOptions.Tools holds no such function. Add it.");
        return AgentTeams.Models.Grammar.ForToolCall(tools, toolCalls ?? ToolCallFormat.Bare);
    }

    // Arguments are an object even where a tool's schema says nothing.
    private static JsonElement ArgumentsOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && !schema.EnumerateObject().Any())
            ? AgentTeams.Models.Grammar.JsonObject
            : schema;

    private static float? Additional(ChatOptions? options, string key)
    {
        if (options?.AdditionalProperties?.TryGetValue(key, out var value) != true || value is null) return null;
        return value switch
        {
            JsonElement { ValueKind: JsonValueKind.Number } number => number.GetSingle(),
            float or double or decimal or int or long => Convert.ToSingle(value, CultureInfo.InvariantCulture),
            _ => throw new AgentTeamsException($"The additional property {key} is {value}. Give a number."),
        };
    }

    private static void Require(bool condition, string option, object? value, string range)
    {
        if (!condition) throw new AgentTeamsException(string.Create(CultureInfo.InvariantCulture, $"The option {option} is {value}. Give {range}."));
    }
}
