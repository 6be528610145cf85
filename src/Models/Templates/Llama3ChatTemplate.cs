using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// The template of Llama 3 (<c>llama3</c>) and of Llama 3.1 to 3.3 (<c>llama3.1</c>), which always writes a dated system message. Tools
/// follow Llama 3.1 in both: offered in the first user message, called by a reply that is one JSON object. Reasoning in messages is
/// left out, and as published the text beside a call too.
/// </summary>
public sealed class Llama3ChatTemplate : ChatTemplate
{
    /// <summary>The name stored in model folders.</summary>
    public const string TemplateName = "llama3";

    /// <summary>The name stored in folders of models whose system message is dated.</summary>
    public const string DatedTemplateName = "llama3.1";

    // Fixed as in the published template, so that prompts do not change from one day to the next.
    private const string Dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";
    private const string EndOfTurn = "<|eot_id|>";
    private static readonly ToolCallFormat s_calls = new("", "", "parameters");
    private readonly bool _dated;

    /// <summary>Creates the template.</summary>
    /// <param name="dated">Whether the system message is always there and begins with dates, as from Llama 3.1 on.</param>
    public Llama3ChatTemplate(bool dated = false) => _dated = dated;

    /// <inheritdoc/>
    public override string Name => _dated ? DatedTemplateName : TemplateName;

    /// <inheritdoc/>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var turns = TemplateTurn.Of(messages, Name);
        var tools = TemplateOptions.Tools(options, Name);
        var prompt = new PromptBuilder(tokenizer).Token("<|begin_of_text|>");
        if (_dated || tools.Count > 0)
        {
            var instructions = turns is [{ Role: TemplateTurn.System } first, ..] ? first.Text : null;
            Header(prompt, TemplateTurn.System).Markup((tools.Count > 0 ? "Environment: ipython\n" : "") + Dates).Text(Strip(instructions ?? ""))
                .Token(EndOfTurn);
            if (instructions is not null) turns.RemoveAt(0);
        }

        if (tools.Count > 0)
        {
            Offer(prompt, tools, turns);
            turns.RemoveAt(0);
        }

        foreach (var turn in turns) Append(prompt, turn);
        return Header(prompt, TemplateTurn.Assistant).ToIds();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, EndOfTurn, "<|eom_id|>", "<|end_of_text|>");

    /// <inheritdoc/>
    /// <remarks>With options that offer no tool, a JSON object is an answer rather than a call.</remarks>
    public override IList<AIContent> ParseReply(string reply, ChatOptions? options = null, bool isWhole = true)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var contents = new List<AIContent>();
        if (options is null || TemplateOptions.Tools(options, Name).Count > 0)
        {
            // What begins as an object may become a call with its last character.
            if (!isWhole && reply.TrimStart().StartsWith('{')) return contents;
            if (isWhole && ReplyParts.WholeCall(reply, s_calls) is { } call) return [call];
        }

        ReplyParts.AddText(contents, reply);
        return contents;
    }

    internal override ToolCallFormat ToolCalls => s_calls;

    private static PromptBuilder Header(PromptBuilder prompt, string role) =>
        prompt.Token("<|start_header_id|>").Markup(role).Token("<|end_header_id|>").Markup("\n\n");

    private void Offer(PromptBuilder prompt, IReadOnlyList<JsonElement> tools, List<TemplateTurn> turns)
    {
        if (turns is not [{ Role: TemplateTurn.User } question, ..])
            throw new AgentTeamsException($"The chat template '{Name}' offers tools in the first user message, but the conversation does not begin with one. "
                + "Put a user message after the system message.");
        Header(prompt, TemplateTurn.User).Markup(
            "Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n"
            + "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}.Do not use variables.\n\n");
        foreach (var tool in tools) prompt.Text(PythonJson.Write(tool, indent: 4)).Markup("\n\n");
        prompt.Text(Strip(question.Text)).Token(EndOfTurn);
    }

    private void Append(PromptBuilder prompt, TemplateTurn turn)
    {
        Header(prompt, turn.Role == TemplateTurn.Tool ? "ipython" : turn.Role);
        if (turn.Calls.Count > 1)
        {
            throw new AgentTeamsException($"The chat template '{Name}' has room for one call a message, not {turn.Calls.Count}. Give each call a message of "
                + "its own.");
        }

        if (turn.Calls is [var call])
            prompt.Markup("{\"name\": \"").Text(call.Name).Markup("\", \"parameters\": ").Text(PythonJson.Write(call.Arguments)).Markup("}");
        else prompt.Text(turn.Role == TemplateTurn.Tool ? turn.ResultJson : Strip(turn.Text));
        prompt.Token(EndOfTurn);
    }

    /// <summary>Trims what Python, in which the published template runs, takes for white space.</summary>
    private static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];

        static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';
    }
}
