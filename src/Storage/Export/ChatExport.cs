using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Chat messages in the OpenAI format, which fine-tuning tools read.</summary>
internal static class ChatExport
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>One message, or one for each tool result that it holds.</summary>
    public static IEnumerable<object> Messages(ChatMessage message)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        foreach (var result in results)
            yield return new
            {
                role = "tool", tool_call_id = result.CallId, content = result.Result as string ?? TrajectoryJson.ToElement(result.Result).GetRawText()
            };
        var calls = message.Contents.OfType<FunctionCallContent>().Select(Call).ToList();
        if (results.Count == 0 || calls.Count > 0 || message.Text.Length > 0)
            yield return new { role = message.Role.Value, content = message.Text, tool_calls = calls.Count == 0 ? null : calls };
    }

    private static object Call(FunctionCallContent call) => new
    {
        id = call.CallId,
        type = "function",
        function = new { name = call.Name, arguments = call.Arguments is null ? "{}" : TrajectoryJson.ToElement(call.Arguments).GetRawText() },
    };
}
