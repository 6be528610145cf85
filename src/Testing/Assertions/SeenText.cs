using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>Everything that a model reads of a message as text: also arguments and results of tools.</summary>
internal static class SeenText
{
    public static string Of(ChatMessage message) => string.Join('\n', message.Contents.Select(Of));

    private static string Of(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent thought => thought.Text,
        FunctionCallContent call => $"{call.Name} {Json(call.Arguments)}",
        FunctionResultContent result => result.Result as string ?? Json(result.Result),
        DataContent data => data.Uri,
        UriContent uri => uri.Uri.ToString(),
        _ => content.ToString() ?? "",
    };

    private static string Json(object? value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);
}
