using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>Tools between tags, as the Qwen families are taught to read and call them.</summary>
internal static class TaggedTools
{
    private const string Open = "<tool_call>", Close = "</tool_call>";
    private static readonly byte[] s_close = Encoding.UTF8.GetBytes(Close);

    /// <summary>How a call is written.</summary>
    public static ToolCallFormat Format { get; } = new(Open + "\n", "\n" + Close, "arguments");

    /// <summary>Appends the part of the system message that offers tools.</summary>
    public static void Offer(PromptBuilder prompt, IReadOnlyList<JsonElement> tools)
    {
        prompt.Markup("# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within "
            + "<tools></tools> XML tags:\n<tools>");
        foreach (var tool in tools) prompt.Markup("\n").Text(PythonJson.Write(tool));
        prompt.Markup("\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
            + "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>");
    }

    /// <summary>Appends one call.</summary>
    public static void Call(PromptBuilder prompt, FunctionCallContent call) =>
        prompt.Markup(Open + "\n{\"name\": \"").Text(call.Name).Markup("\", \"arguments\": ").Text(PythonJson.Write(call.Arguments)).Markup("}\n" + Close);

    /// <summary>Appends one tool result; neighbouring results share one user message.</summary>
    public static void Result(PromptBuilder prompt, IReadOnlyList<TemplateTurn> turns, int index)
    {
        if (index == 0 || turns[index - 1].Role != TemplateTurn.Tool) prompt.Token(ChatMl.Start).Markup(TemplateTurn.User);
        prompt.Markup("\n<tool_response>\n").Text(turns[index].Text).Markup("\n</tool_response>");
        if (index == turns.Count - 1 || turns[index + 1].Role != TemplateTurn.Tool) prompt.Finish();
    }

    /// <summary>Appends what a reply holds: its well-formed calls, and the text around them.</summary>
    /// <param name="reply">The reply or a beginning of it.</param>
    /// <param name="isWhole">Whether nothing follows; otherwise only what is certain is appended.</param>
    /// <param name="contents">Receives the parts.</param>
    public static void Parse(string reply, bool isWhole, List<AIContent> contents)
    {
        var json = reply.Contains(Open, StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(reply) : [];
        var (textFrom, from, bytes, calls) = (0, 0, 0, 0);
        while (reply.IndexOf(Open, from, StringComparison.Ordinal) is >= 0 and var open)
        {
            var inside = open + Open.Length;
            bytes += Encoding.UTF8.GetByteCount(reply.AsSpan(from, inside - from));
            var call = ReadCall(json.AsSpan(bytes), calls, out var length, out var isCut);
            if (isCut && !isWhole)
            {
                ReplyParts.AddText(contents, reply[textFrom..open]);
                return;
            }

            from = inside;
            // A tag that leads nowhere is text.
            if (call is null) continue;
            ReplyParts.AddText(contents, reply[textFrom..open]);
            contents.Add(call);
            calls++;
            textFrom = from += Encoding.UTF8.GetCharCount(json, bytes, length);
            bytes += length;
        }

        ReplyParts.AddText(contents, reply[textFrom..(isWhole ? reply.Length : reply.Length - ReplyParts.Overlap(reply.AsSpan(from), Open))]);
    }

    /// <summary>The call after an opening tag, closing tag included.</summary>
    private static FunctionCallContent? ReadCall(ReadOnlySpan<byte> text, int index, out int length, out bool isCut)
    {
        var json = text.TrimStart(" \t\r\n"u8);
        (length, isCut) = (0, json.IsEmpty);
        // Looking first spares an exception for each tag that only text follows.
        if (json.IsEmpty || json[0] != '{') return null;
        var call = ReplyParts.ReadCall(json, Format, index, out var read, out isCut);
        if (call is null) return null;
        var close = json[read..].TrimStart(" \t\r\n"u8);
        isCut = close.Length < s_close.Length && s_close.AsSpan().StartsWith(close);
        if (!close.StartsWith(s_close)) return null;
        length = text.Length - close.Length + s_close.Length;
        return call;
    }
}
