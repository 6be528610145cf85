using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// The template of tiny models that start from random weights: the system message first, where special tokens count (a role's
/// token stands there), then each message after a separator, then the token that asks for an answer. A call stands in an answer as
/// the JSON object that the model writes where a call is required, its result in a message of its own. Reasoning is left out.
/// </summary>
public sealed class MinimalChatTemplate : ChatTemplate
{
    /// <summary>The name stored in model folders.</summary>
    public const string TemplateName = "minimal";

    /// <summary>Ends a sequence.</summary>
    public const string End = "<|end|>";

    /// <summary>Stands before each message but the system message.</summary>
    public const string Separator = "<|sep|>";

    /// <summary>Stands before each answer of the model.</summary>
    public const string Answer = "<|answer|>";

    /// <summary>The special tokens that a tokenizer must have for this template.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = [End, Separator, Answer];

    /// <inheritdoc/>
    public override string Name => TemplateName;

    /// <inheritdoc/>
    /// <remarks>
    /// Options change nothing here: tiny models are told of neither tools nor thinking. They call a tool where <see cref="ChatOptions.ToolMode"/>
    /// requires it.
    /// </remarks>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = new List<int>();
        foreach (var turn in TemplateTurn.Of(messages, Name))
        {
            var (system, answer) = (turn.Role == TemplateTurn.System, turn.Role == TemplateTurn.Assistant);
            if (!system) ids.Add(tokenizer.GetId(answer ? Answer : Separator));
            ids.AddRange(tokenizer.EncodePart(TextOf(turn), parseSpecial: system, isFirst: ids.Count == 0));
            if (answer) ids.Add(tokenizer.GetId(End));
        }

        ids.Add(tokenizer.GetId(Answer));
        return [.. ids];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, End);

    // Calls are compact JSON, which Jinja cannot write.
    internal override string Jinja =>
        "{% for message in messages %}{% if message.tool_calls %}{{ raise_exception('This template has no place for tool calls.') }}"
        + "{% elif message.role == 'system' %}{{ message.content }}{% elif message.role == 'assistant' %}{{ '" + Answer + "' + message.content + '" + End + "' }}"
        + "{% else %}{{ '" + Separator + "' + message.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '" + Answer + "' }}{% endif %}";

    private string TextOf(TemplateTurn turn)
    {
        if (turn.Calls.Count == 0) return turn.Text;
        if (turn.Calls is not [var call] || turn.Text.Length > 0)
            throw new AgentTeamsException($"The chat template '{Name}' has room for one call a message and no text beside it, not for {turn.Calls.Count} and "
                + $"'{turn.Text}'. Give each a message of its own.");
        return ToolCallFormat.Bare.Write(call);
    }
}
