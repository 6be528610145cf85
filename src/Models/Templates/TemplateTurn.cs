using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>One message as published templates see it: each tool result is a turn of its own.</summary>
internal sealed record TemplateTurn(string Role, string Text, string? Reasoning, IReadOnlyList<FunctionCallContent> Calls, JsonElement? Result)
{
    public const string System = "system", User = "user", Assistant = "assistant", Tool = "tool";

    /// <summary>A tool's result as JSON, a text as a JSON string.</summary>
    public string ResultJson => PythonJson.Write(Result ?? JsonSerializer.SerializeToElement(Text));

    /// <summary>The turns of a conversation.</summary>
    /// <exception cref="AgentTeamsException">A message holds what no text template has a place for.</exception>
    public static List<TemplateTurn> Of(IEnumerable<ChatMessage> messages, string template)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var turns = new List<TemplateTurn>();
        foreach (var message in messages)
        {
            var role = message.Role.Value;
            if (role is not (System or User or Assistant or Tool))
                throw new AgentTeamsException($"The chat template '{template}' has no place for the role '{role}'. It knows system, user, assistant and tool.");
            foreach (var content in message.Contents)
            {
                if (content is not (TextContent or TextReasoningContent or FunctionCallContent or FunctionResultContent or UsageContent))
                    throw new AgentTeamsException($"The chat template '{template}' has no place for {content.GetType().Name}. Send text, reasoning, function "
                        + "calls and their results only.");
            }

            var reasoning = message.Contents.OfType<TextReasoningContent>().ToList();
            var calls = message.Contents.OfType<FunctionCallContent>().ToList();
            var results = message.Contents.OfType<FunctionResultContent>().ToList();
            if (results.Count == 0 || calls.Count > 0 || message.Text.Length > 0)
                turns.Add(new(role, message.Text, reasoning.Count == 0 ? null : string.Concat(reasoning.Select(r => r.Text)), calls, null));
            turns.AddRange(results.Select(r => Of(r, template)));
        }

        return turns;
    }

    private static TemplateTurn Of(FunctionResultContent content, string template)
    {
        var result = JsonSerializer.SerializeToElement(ToolResultContents.TextOf(content, template) ?? content.Result, AIJsonUtilities.DefaultOptions);
        var text = result.ValueKind == JsonValueKind.String ? result.GetString()! : PythonJson.Write(result);
        return new(Tool, text, null, [], result);
    }
}
