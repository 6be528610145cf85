using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>What a role was shown, as a key.</summary>
internal static class InvocationContext
{
    public static string Of(TrajectoryNode node) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextOf(node.Role ?? "", node.Input))));

    /// <summary>All that tells two contexts apart: also what tools were asked and answered, and what is no text.</summary>
    public static string TextOf(string role, IReadOnlyList<ChatMessage> messages)
    {
        var key = new StringBuilder(role);
        foreach (var message in messages)
        {
            key.Append('\0').Append(message.Role.Value);
            foreach (var content in message.Contents)
            {
                key.Append('\0').Append(content switch
                {
                    TextContent text => text.Text,
                    FunctionCallContent call => $"{call.CallId} {call.Name} {Json(call.Arguments)}",
                    FunctionResultContent result => $"{result.CallId} {Json(result.Result)}",
                    DataContent data => data.Uri,
                    UriContent uri => $"{uri.Uri}",
                    TextReasoningContent thought => thought.Text,
                    _ => content.ToString(),
                });
            }
        }

        return key.ToString();
    }

    // A value that was read from a store is an element, and a live one is not, but both are written alike.
    private static string Json(object? value)
    {
        try
        {
            return JsonSerializer.Serialize(value, TrajectoryJson.Options);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            return $"{value}";
        }
    }
}
