using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>The template of Qwen 2.5: ChatML with tools between tags. Reasoning in messages is left out.</summary>
public sealed class Qwen25ChatTemplate : ChatTemplate
{
    /// <summary>The name stored in model folders.</summary>
    public const string TemplateName = "qwen2.5";

    /// <summary>The system message of a conversation that brings none.</summary>
    public const string DefaultSystemMessage = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    /// <inheritdoc/>
    public override string Name => TemplateName;

    /// <inheritdoc/>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var turns = TemplateTurn.Of(messages, Name);
        var prompt = new PromptBuilder(tokenizer);
        var tools = TemplateOptions.Tools(options, Name);
        prompt.Begin(TemplateTurn.System).Text(turns is [{ Role: TemplateTurn.System } first, ..] ? first.Text : DefaultSystemMessage);
        if (tools.Count > 0) TaggedTools.Offer(prompt.Markup("\n\n"), tools);
        prompt.Finish();
        for (var i = 0; i < turns.Count; i++)
        {
            var turn = turns[i];
            if (turn.Role == TemplateTurn.Tool) TaggedTools.Result(prompt, turns, i);
            else if (turn.Calls.Count > 0) Calls(prompt, turn);
            else if (i > 0 || turn.Role != TemplateTurn.System) prompt.Message(turn.Role, turn.Text);
        }

        return prompt.Begin(TemplateTurn.Assistant).ToIds();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, ChatMl.End, ChatMl.EndOfText);

    /// <inheritdoc/>
    public override IList<AIContent> ParseReply(string reply, ChatOptions? options = null, bool isWhole = true)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var contents = new List<AIContent>();
        TaggedTools.Parse(reply, isWhole, contents);
        return contents;
    }

    internal override ToolCallFormat ToolCalls => TaggedTools.Format;

    private static void Calls(PromptBuilder prompt, TemplateTurn turn)
    {
        prompt.Token(ChatMl.Start).Markup(turn.Role);
        if (turn.Text.Length > 0) prompt.Markup("\n").Text(turn.Text);
        foreach (var call in turn.Calls) TaggedTools.Call(prompt.Markup("\n"), call);
        prompt.Finish();
    }
}
