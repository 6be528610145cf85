using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>Reads how a reply is sampled.</summary>
internal static class OptionsReader
{
    public const string MinP = "min_p";
    public const string RepetitionPenalty = "repetition_penalty";

    public static ChatOptions Read(JsonField root)
    {
        var tools = ToolReader.Read(root["tools"]);
        return new()
        {
            Temperature = root["temperature"]?.Number(0, 2),
            TopP = root["top_p"]?.Number(0, 1, isLeastOpen: true),
            TopK = root["top_k"]?.Whole(1),
            // 0 is what clients send for none, and what no model has to know of.
            FrequencyPenalty = root["frequency_penalty"]?.Number(-2, 2) is { } frequency and not 0 ? frequency : null,
            PresencePenalty = root["presence_penalty"]?.Number(-2, 2) is { } presence and not 0 ? presence : null,
            MaxOutputTokens = MaxTokens(root),
            StopSequences = Stops(root["stop"]),
            Seed = root["seed"]?.Long(),
            Tools = tools,
            ToolMode = ToolReader.ReadChoice(root["tool_choice"], tools),
            AllowMultipleToolCalls = root["parallel_tool_calls"]?.Flag(),
            ResponseFormat = Format(root["response_format"]),
            Reasoning = root["reasoning_effort"] is { } effort ? new() { Effort = Effort(effort) } : null,
            AdditionalProperties = Additional(root),
        };
    }

    private static int? MaxTokens(JsonField root)
    {
        var (older, newer) = (root["max_tokens"], root["max_completion_tokens"]);
        var (most, newest) = (older?.Whole(1), newer?.Whole(1));
        if (most is not null && newest is not null && most != newest) throw older!.Wrong("'max_completion_tokens' alone, as both are given and differ");
        return newest ?? most;
    }

    private static List<string>? Stops(JsonField? stop)
    {
        if (stop is null) return null;
        List<string> texts = stop.Value.ValueKind == JsonValueKind.String ? [stop.Text()] : [.. stop.Items().Select(s => s.Text())];
        if (texts.Contains("")) throw stop.Wrong("texts of at least one character");
        return texts.Count == 0 ? null : texts;
    }

    private static ChatResponseFormatJson? Format(JsonField? format)
    {
        if (format is null) return null;
        var type = format.AsObject().Required("type");
        switch (type.Text())
        {
            case "text":
                format.Only("type");
                return null;
            case "json_object":
                format.Only("type");
                return ChatResponseFormat.Json;
            case "json_schema":
                // A reply always satisfies the schema where a model can see to it, whether the request insists on it or not.
                var schema = format.Only("type", "json_schema").Required("json_schema").AsObject().Only("name", "description", "schema", "strict");
                _ = schema["strict"]?.Flag();
                return ChatResponseFormat.ForJsonSchema(schema.Required("schema").Value.Clone(), schema["name"]?.Text(), schema["description"]?.Text());
            default:
                throw type.Wrong("\"text\", \"json_object\" or \"json_schema\"");
        }
    }

    private static ReasoningEffort Effort(JsonField effort) => effort.Text() switch
    {
        "none" => ReasoningEffort.None,
        "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        "xhigh" => ReasoningEffort.ExtraHigh,
        _ => throw effort.Wrong("\"none\", \"low\", \"medium\", \"high\" or \"xhigh\""),
    };

    private static AdditionalPropertiesDictionary? Additional(JsonField root)
    {
        var given = new AdditionalPropertiesDictionary();
        if (root[MinP]?.Number(0, 1) is { } minP and not 0) given[MinP] = minP;
        if (root[RepetitionPenalty]?.Number(0, 10, isLeastOpen: true) is { } penalty and not 1) given[RepetitionPenalty] = penalty;
        return given.Count == 0 ? null : given;
    }
}
