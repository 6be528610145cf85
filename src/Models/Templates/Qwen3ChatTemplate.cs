using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// The template of Qwen 3: ChatML with tools between tags and with reasoning. As published, reasoning is shown only where it comes
/// after the last question of the user; thinking is on unless the options turn it off.
/// </summary>
public sealed class Qwen3ChatTemplate : ChatTemplate
{
    /// <summary>The name stored in model folders.</summary>
    public const string TemplateName = "qwen3";

    private const string Think = "<think>", EndThink = "</think>";

    /// <summary>Creates the template.</summary>
    public Qwen3ChatTemplate()
    {
    }

    /// <param name="published">The text that it was recognised by.</param>
    internal Qwen3ChatTemplate(string published) => Jinja = published;

    /// <inheritdoc/>
    public override string Name => TemplateName;

    /// <inheritdoc/>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var turns = TemplateTurn.Of(messages, Name);
        var prompt = new PromptBuilder(tokenizer);
        System(prompt, turns is [{ Role: TemplateTurn.System } first, ..] ? first.Text : null, options);
        var lastQuestion = turns.FindLastIndex(t => t.Role == TemplateTurn.User && !IsToolResponse(t.Text));
        if (lastQuestion < 0) lastQuestion = turns.Count - 1;
        for (var i = 0; i < turns.Count; i++)
        {
            var turn = turns[i];
            if (turn.Role == TemplateTurn.Assistant) Answer(prompt, turn, i > lastQuestion, i == turns.Count - 1);
            else if (turn.Role == TemplateTurn.Tool) TaggedTools.Result(prompt, turns, i);
            else if (i > 0 || turn.Role != TemplateTurn.System) prompt.Message(turn.Role, turn.Text);
        }

        prompt.Begin(TemplateTurn.Assistant);
        if (TemplateOptions.Thinking(options) is false) prompt.Markup("<think>\n\n</think>\n\n");
        return prompt.ToIds();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, ChatMl.End, ChatMl.EndOfText);

    /// <inheritdoc/>
    public override IList<AIContent> ParseReply(string reply, ChatOptions? options = null, bool isWhole = true)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var contents = new List<AIContent>();
        var rest = reply.TrimStart();
        if (!isWhole && rest.Length < Think.Length && Think.StartsWith(rest, StringComparison.Ordinal)) return contents;
        if (rest.StartsWith(Think, StringComparison.Ordinal))
        {
            // An answer cut short may never stop thinking.
            var end = rest.IndexOf(EndThink, StringComparison.Ordinal);
            var until = end >= 0 ? end : rest.Length - (isWhole ? 0 : ReplyParts.Overlap(rest, EndThink));
            var reasoning = rest[Think.Length..until].Trim();
            if (reasoning.Length > 0) contents.Add(new TextReasoningContent(reasoning));
            rest = end < 0 ? "" : rest[(end + EndThink.Length)..];
        }

        TaggedTools.Parse(rest, isWhole, contents);
        return contents;
    }

    internal override ToolCallFormat ToolCalls => TaggedTools.Format;

    internal override string? Jinja { get; }

    private void System(PromptBuilder prompt, string? instructions, ChatOptions? options)
    {
        var tools = TemplateOptions.Tools(options, Name);
        if (tools.Count > 0)
        {
            prompt.Begin(TemplateTurn.System);
            if (instructions is not null) prompt.Text(instructions).Markup("\n\n");
            TaggedTools.Offer(prompt, tools);
            prompt.Finish();
        }
        else if (instructions is not null)
        {
            prompt.Message(TemplateTurn.System, instructions);
        }
    }

    private static void Answer(PromptBuilder prompt, TemplateTurn turn, bool afterLastQuestion, bool isLast)
    {
        var (reasoning, text) = (turn.Reasoning ?? "", turn.Text);
        if (turn.Reasoning is null && text.Contains(EndThink, StringComparison.Ordinal))
        {
            var before = text[..text.IndexOf(EndThink, StringComparison.Ordinal)].TrimEnd('\n');
            reasoning = After(before, Think).TrimStart('\n');
            text = After(text, EndThink).TrimStart('\n');
        }

        prompt.Begin(turn.Role);
        if (afterLastQuestion && (isLast || reasoning.Length > 0))
            prompt.Markup(Think + "\n").Text(reasoning.Trim('\n')).Markup("\n" + EndThink + "\n\n").Text(text.TrimStart('\n'));
        else prompt.Text(text);
        for (var i = 0; i < turn.Calls.Count; i++)
        {
            if (i > 0 || text.Length > 0) prompt.Markup("\n");
            TaggedTools.Call(prompt, turn.Calls[i]);
        }

        prompt.Finish();
    }

    private static string After(string text, string mark) =>
        text.LastIndexOf(mark, StringComparison.Ordinal) is >= 0 and var at ? text[(at + mark.Length)..] : text;

    private static bool IsToolResponse(string text) =>
        text.StartsWith("<tool_response>", StringComparison.Ordinal) && text.EndsWith("</tool_response>", StringComparison.Ordinal);
}
