using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>
/// The template of tiny models that start from random weights: the system message first, where special tokens count (a role's
/// token stands there), then each message after a separator, then the token that asks for an answer.
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
    /// <remarks>Options change nothing here: tiny models know neither tools nor thinking.</remarks>
    public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(messages);
        var ids = new List<int>();
        foreach (var message in messages)
        {
            var system = message.Role == ChatRole.System;
            if (!system) ids.Add(tokenizer.IdOf(message.Role == ChatRole.Assistant ? Answer : Separator));
            ids.AddRange(tokenizer.Encode(message.Text, parseSpecial: system));
            if (message.Role == ChatRole.Assistant) ids.Add(tokenizer.IdOf(End));
        }

        ids.Add(tokenizer.IdOf(Answer));
        return [.. ids];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => Ids(tokenizer, End);
}
