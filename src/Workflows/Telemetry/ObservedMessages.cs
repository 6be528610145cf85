using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Messages in the JSON of OpenTelemetry's GenAI conventions (schemas of <c>gen_ai.input.messages</c> and <c>gen_ai.output.messages</c>).</summary>
internal static class ObservedMessages
{
    public static string Write(IEnumerable<ChatMessage> messages, ChatFinishReason? finished)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = TrajectoryJson.Options.Encoder }))
        {
            json.WriteStartArray();
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role.Value);
                json.WriteStartArray("parts");
                foreach (var content in message.Contents) Write(json, content);
                json.WriteEndArray();
                if (finished is { } reason) json.WriteString("finish_reason", NameOf(reason));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>The conventions' name of why a reply ended.</summary>
    public static string NameOf(ChatFinishReason reason) => reason == ChatFinishReason.ToolCalls ? "tool_call" : reason.Value;

    private static void Write(Utf8JsonWriter json, AIContent content)
    {
        json.WriteStartObject();
        switch (content)
        {
            case TextReasoningContent reasoning:
                json.WriteString("type", "reasoning");
                json.WriteString("content", reasoning.Text);
                break;
            case TextContent text:
                json.WriteString("type", "text");
                json.WriteString("content", text.Text);
                break;
            case FunctionCallContent call:
                json.WriteString("type", "tool_call");
                json.WriteString("id", call.CallId);
                json.WriteString("name", call.Name);
                Write(json, "arguments", call.Arguments);
                break;
            case FunctionResultContent result:
                json.WriteString("type", "tool_call_response");
                json.WriteString("id", result.CallId);
                Write(json, "response", result.Result);
                break;
            default:
                json.WriteString("type", content.GetType().Name);
                break;
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        json.WritePropertyName(name);
        TrajectoryJson.ToElement(value).WriteTo(json);
    }
}
