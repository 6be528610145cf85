using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// A chat template that a model folder brings, rendered as it stands. Replies are read by what the template teaches: reasoning
/// between <c>&lt;think&gt;</c> tags, calls between <c>&lt;tool_call&gt;</c> tags or as one JSON object.
/// </summary>
internal sealed class JinjaChatTemplate : ChatTemplate
{
    /// <summary>The name of all such templates.</summary>
    public const string TemplateName = "jinja";

    // No text holds it; it keeps what users write from becoming a token, and is gone before the prompt is encoded.
    private const char Breaker = '\uFDD0';
    private static readonly string[] s_ends =
        ["<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<|end_of_turn|>", "</s>", "<|EOT|>"];
    private readonly JinjaTemplate _template;

    /// <param name="source">The template.</param>
    /// <param name="tokens">The special tokens that the folder names, such as <c>bos_token</c>.</param>
    /// <exception cref="JinjaException">The template is malformed, or says what is not supported.</exception>
    public JinjaChatTemplate(string source, IReadOnlyDictionary<string, string> tokens)
    {
        (Source, Tokens, _template) = (source, tokens, new JinjaTemplate(source));
        ToolCalls = source.Contains("<tool_call>", StringComparison.Ordinal)
            ? TaggedTools.Format
            : source.Contains("\"parameters\": ", StringComparison.Ordinal) ? new ToolCallFormat("", "", "parameters") : null;
    }

    public string Source { get; }

    public IReadOnlyDictionary<string, string> Tokens { get; }

    public override string Name => TemplateName;

    internal override ToolCallFormat? ToolCalls { get; }

    internal override string Jinja => Source;

    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(messages);
        var prompt = new PromptBuilder(tokenizer);
        var text = Text(JinjaMessages.Of(messages, Name, (role, text) => Guard(tokenizer, role, text)), options);
        prompt.Markup(text, drop: Breaker);
        return prompt.ToIds();
    }

    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) =>
        Ids(tokenizer, [.. Tokens.Where(t => t.Key == "eos_token").Select(t => t.Value), .. s_ends.Where(e => Source.Contains(e, StringComparison.Ordinal))]);

    public override IList<AIContent> ParseReply(string reply, ChatOptions? options = null, bool isWhole = true)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (ToolCalls is null) return base.ParseReply(reply, options, isWhole);
        // Both built-in readers take plain replies too.
        return ToolCalls == TaggedTools.Format
            ? new Qwen3ChatTemplate().ParseReply(reply, options, isWhole)
            : new Llama3ChatTemplate().ParseReply(reply, options, isWhole);
    }

    /// <summary>The whole prompt as text.</summary>
    /// <param name="messages">The messages as mappings.</param>
    /// <param name="options">Tools, thinking and the day.</param>
    /// <exception cref="AgentTeamsException">The template refuses the conversation, or does with it what is not supported.</exception>
    internal string Text(List<object?> messages, ChatOptions? options)
    {
        List<(string, object?)> variables =
            [("messages", messages), ("add_generation_prompt", true), ("tools", JinjaMessages.Tools(options, Name)), ("documents", null)];
        foreach (var (name, token) in Tokens) variables.Add((name, token));
        if (TemplateOptions.Thinking(options) is { } thinking) variables.Add((EnableThinking, thinking));
        if (TemplateOptions.Today(options) is { } day) variables.Add(("strftime_now", (JinjaFunction)(a => JinjaText.Date(day, a.Only(1).Text(0, "format")))));
        try
        {
            return _template.Render(variables);
        }
        catch (JinjaException e)
        {
            throw new AgentTeamsException($"The model's chat template cannot be rendered: {e.Message}. Change the conversation or options accordingly, or "
                + "pass a ChatTemplate when the model is loaded.", e);
        }
    }

    // What a model wrote may hold its own tags, which templates look for; nobody's text may hold special tokens.
    private static string Guard(Tokenizer tokenizer, string role, string text)
    {
        var guarded = new StringBuilder(text.Replace(Breaker.ToString(), "", StringComparison.Ordinal));
        var matches = tokenizer.FindAdded(guarded.ToString());
        for (var i = matches.Count - 1; i >= 0; i--)
        {
            var (token, _, end) = matches[i];
            if (token.Control && (token.Special || role != TemplateTurn.Assistant)) guarded.Insert(end - 1, Breaker);
        }

        return guarded.ToString();
    }
}
