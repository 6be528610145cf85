using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>Turns messages into the exact ids that a model is prompted with, and its raw reply back into contents.</summary>
/// <remarks>
/// Text in messages never becomes a special token or a tag of the template, whatever it says; only the template writes those.
/// </remarks>
public abstract class ChatTemplate
{
    /// <summary>The key in <see cref="ChatOptions.AdditionalProperties"/> that turns a model's thinking on or off: a <see langword="bool"/>.</summary>
    public const string EnableThinking = "enable_thinking";

    /// <summary>
    /// The key in <see cref="ChatOptions.AdditionalProperties"/> of the date that a model's own template may write into the prompt: a
    /// <see cref="DateOnly"/>, <see cref="DateTimeOffset"/> or text. Without it, templates take the date that they name themselves.
    /// </summary>
    public const string Today = "today";

    /// <summary>The template's name, as stored in a model folder.</summary>
    public abstract string Name { get; }

    /// <summary>The ids of a conversation, ready for the model to answer.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">
    /// Of these, templates that know tools or thinking read <see cref="ChatOptions.Tools"/> (unless <see cref="ChatOptions.ToolMode"/> is
    /// none), <see cref="ChatOptions.Reasoning"/> (effort none turns thinking off) and <see cref="EnableThinking"/>, which goes first.
    /// </param>
    /// <exception cref="AgentTeamsException">A message or an option holds what the template has no place for, or the tokenizer lacks its tokens.</exception>
    public abstract int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null);

    /// <summary>The ids that end an answer; of the template's, those that the tokenizer has.</summary>
    public virtual IReadOnlyList<int> StopIds(Tokenizer tokenizer) => [];

    /// <summary>
    /// The contents of a raw reply, as <see cref="Tokenizer.Decode"/> gives it without special tokens: reasoning, tool calls, text. What is
    /// no well-formed call stays text. Call ids differ within the reply; chat clients make them differ within a conversation.
    /// </summary>
    /// <remarks>The base class takes the reply for text, or for a call as a bare JSON object where <see cref="ChatOptions.ToolMode"/> requires one.</remarks>
    /// <param name="reply">The reply.</param>
    /// <param name="options">The options that the model was prompted with.</param>
    /// <param name="isWhole">
    /// True, the default, for a whole reply. False for a beginning while the rest is still to come: then only those contents are returned that stand
    /// whatever follows, and of the last, text or reasoning, as much as is certain. None is always right.
    /// </param>
    public virtual IList<AIContent> ParseReply(string reply, ChatOptions? options = null, bool isWhole = true)
    {
        if (options?.ToolMode is RequiredChatToolMode)
        {
            if (!isWhole) return [];
            if (ReplyParts.WholeCall(reply, ToolCallFormat.Bare) is { } call) return [call];
        }

        return string.IsNullOrEmpty(reply) ? [] : [new TextContent(reply)];
    }

    /// <summary>How calls are written; null for a template that knows no tools.</summary>
    internal virtual ToolCallFormat? ToolCalls => null;

    /// <summary>The template as Jinja text; null for one that is code only.</summary>
    internal virtual string? Jinja => null;

    /// <summary>A template of this library, by name.</summary>
    /// <exception cref="AgentTeamsException">There is none of that name.</exception>
    public static ChatTemplate Named(string? name) => name is not null && BuiltIn.TryGetValue(name, out var create)
        ? create()
        : throw new AgentTeamsException($"There is no chat template named '{name}'. Pass a ChatTemplate when the model is loaded; built in are "
            + $"'{string.Join("', '", BuiltIn.Keys)}'.");

    /// <summary>A template that is a delegate from messages and options to the whole prompt.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="render">
    /// Gives the prompt as one string. Special tokens and tags in it count as such wherever they come from, so it must not copy
    /// untrusted text into it unchecked.
    /// </param>
    /// <param name="stopTokens">The added tokens that end an answer.</param>
    public static ChatTemplate FromDelegate(string name, Func<IReadOnlyList<ChatMessage>, ChatOptions?, string> render, params IReadOnlyList<string> stopTokens)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(render);
        ArgumentNullException.ThrowIfNull(stopTokens);
        return new DelegateChatTemplate(name, render, stopTokens);
    }

    // A template that the library ships is a class of its own and a line here.
    private static IReadOnlyDictionary<string, Func<ChatTemplate>> BuiltIn { get; } = new SortedDictionary<string, Func<ChatTemplate>>(StringComparer.Ordinal)
    {
        [MinimalChatTemplate.TemplateName] = () => new MinimalChatTemplate(),
        [ChatMlTemplate.TemplateName] = () => new ChatMlTemplate(),
        [Qwen25ChatTemplate.TemplateName] = () => new Qwen25ChatTemplate(),
        [Qwen3ChatTemplate.TemplateName] = () => new Qwen3ChatTemplate(),
        [Llama3ChatTemplate.TemplateName] = () => new Llama3ChatTemplate(),
        [Llama3ChatTemplate.DatedTemplateName] = () => new Llama3ChatTemplate(dated: true),
    };

    private protected static IReadOnlyList<int> Ids(Tokenizer tokenizer, params IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return [.. tokens.Select(tokenizer.FindId).OfType<int>()];
    }

    private sealed class DelegateChatTemplate(string name, Func<IReadOnlyList<ChatMessage>, ChatOptions?, string> render,
        IReadOnlyList<string> stopTokens) : ChatTemplate
    {
        public override string Name => name;

        public override int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages, ChatOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(tokenizer);
            return tokenizer.Encode(render([.. messages], options), parseSpecial: true);
        }

        public override IReadOnlyList<int> StopIds(Tokenizer tokenizer) => [.. stopTokens.Select(tokenizer.GetId)];
    }
}
