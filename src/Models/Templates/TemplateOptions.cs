using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>What templates read of the options.</summary>
internal static class TemplateOptions
{
    /// <summary>The functions that the model may call, each as the JSON object that published templates expect.</summary>
    /// <exception cref="AgentTeamsException">A tool is no function.</exception>
    public static List<JsonElement> Tools(ChatOptions? options, string template) => options?.ToolMode is NoneChatToolMode
        ? []
        : [.. (options?.Tools ?? []).Select(tool => tool is AIFunctionDeclaration function
            ? Describe(function)
            : throw new AgentTeamsException($"The chat template '{template}' cannot offer the tool '{tool.Name}' ({tool.GetType().Name}). Give functions "
                + "only."))];

    /// <summary>Whether the model shall think, or null where nothing is said.</summary>
    /// <exception cref="AgentTeamsException">The property is no <see langword="bool"/>.</exception>
    public static bool? Thinking(ChatOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(ChatTemplate.EnableThinking, out var value) is true && value is not null
        ? value switch
        {
            bool enabled => enabled,
            JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False } json => json.GetBoolean(),
            _ => throw new AgentTeamsException($"'{ChatTemplate.EnableThinking}' is '{value}'. Give true or false."),
        }
        : options?.Reasoning?.Effort is { } effort ? effort != ReasoningEffort.None : null;

    /// <summary>The day that templates may write, or null where none is given: a prompt never changes by itself from one day to the next.</summary>
    /// <exception cref="AgentTeamsException">The property is no date.</exception>
    public static DateTimeOffset? Today(ChatOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(ChatTemplate.Today, out var value) is true && value is not null
        ? value switch
        {
            DateTimeOffset time => time,
            DateTime time => new DateTimeOffset(time, TimeSpan.Zero),
            DateOnly day => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero),
            _ when DateTimeOffset.TryParse(value.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time,
            _ => throw new AgentTeamsException($"'{ChatTemplate.Today}' is '{value}'. Give a date."),
        }
        : null;

    private static JsonElement Describe(AIFunctionDeclaration function)
    {
        var description = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) description["description"] = function.Description;
        description["parameters"] = JsonSerializer.SerializeToNode(function.JsonSchema, AIJsonUtilities.DefaultOptions);
        return JsonSerializer.SerializeToElement(new JsonObject { ["type"] = "function", ["function"] = description }, AIJsonUtilities.DefaultOptions);
    }
}
