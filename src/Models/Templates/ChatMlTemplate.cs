using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// ChatML as Qwen 2 publishes it: each message between its start and end token, and a default system message where none comes first.
/// Reasoning in messages is left out.
/// </summary>
public sealed class ChatMlTemplate : ChatTemplate
{
    /// <summary>The name stored in model folders.</summary>
    public const string TemplateName = "chatml";

    /// <summary>The system message of a conversation that brings none.</summary>
    public const string DefaultSystemMessage = "You are a helpful assistant.";

    /// <inheritdoc/>
    public override string Name => TemplateName;

    /// <inheritdoc/>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var turns = TemplateTurn.Of(messages, Name);
        if (TemplateOptions.Tools(options, Name).Count > 0 || turns.Exists(t => t.Role == TemplateTurn.Tool || t.Calls.Count > 0))
            throw new AgentTeamsException($"The chat template '{Name}' has no place for tools. Use a model whose template has one, or "
                + "ChatTemplate.FromDelegate.");
        var prompt = new PromptBuilder(tokenizer);
        if (turns is [{ Role: not TemplateTurn.System }, ..]) prompt.Message(TemplateTurn.System, DefaultSystemMessage);
        foreach (var turn in turns) prompt.Message(turn.Role, turn.Text);
        return prompt.Begin(TemplateTurn.Assistant).ToIds();
    }

    internal override string Jinja =>
        "{% if tools %}{{ raise_exception('This template has no place for tools.') }}{% endif %}"
        + "{% for message in messages %}{% if message.tool_calls or message.role == 'tool' %}{{ raise_exception('This template has no place for tools.') }}{% endif %}"
        + "{% if loop.first and message.role != 'system' %}{{ '<|im_start|>system\\n" + DefaultSystemMessage + "<|im_end|>\\n' }}{% endif %}"
        + "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, ChatMl.End, ChatMl.EndOfText);
}
