using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>Tools between tags, as the Qwen families are taught to read and call them.</summary>
internal static class TaggedTools
{
    private const string Open = "<tool_call>", Close = "</tool_call>";

    /// <summary>Appends the part of the system message that offers tools.</summary>
    public static void Offer(PromptBuilder prompt, IReadOnlyList<JsonElement> tools)
    {
        prompt.Markup("# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>");
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
    public static void Parse(string reply, List<AIContent> contents)
    {
        var (textFrom, from, calls) = (0, 0, 0);
        while (reply.IndexOf(Close, from, StringComparison.Ordinal) is >= 0 and var close)
        {
            var candidate = reply.AsSpan(from, close - from);
            var open = candidate.IndexOf(Open, StringComparison.Ordinal);
            var last = candidate.LastIndexOf(Open, StringComparison.Ordinal);
            // A tag inside a call's text comes after the real one; a tag that leads nowhere comes before it.
            var call = open < 0 ? null : ReadCall(open, candidate) ?? (last == open ? null : ReadCall(open = last, candidate));
            if (call is not null)
            {
                ReplyParts.AddText(contents, reply[textFrom..(from + open)]);
                contents.Add(call);
                calls++;
                textFrom = close + Close.Length;
            }

            from = close + Close.Length;
        }

        ReplyParts.AddText(contents, reply[textFrom..]);

        FunctionCallContent? ReadCall(int at, ReadOnlySpan<char> text) => ReplyParts.ReadCall(text[(at + Open.Length)..].ToString(), "arguments", reply, calls);
    }
}
