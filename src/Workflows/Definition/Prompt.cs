using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>What a role is asked: messages after its instructions. A text is one user message, so a node's prompt may simply return a string.</summary>
/// <example>
/// <code>
/// wf.AddRole(planner, s => s.Question, ...);
/// wf.AddRole(critic, s => [new ChatMessage(ChatRole.User, s.Question), new ChatMessage(ChatRole.User, s.Draft)], ...);
/// </code>
/// </example>
[CollectionBuilder(typeof(Prompt), nameof(From))]
public sealed class Prompt
{
    private readonly ChatMessage[] _messages;

    private Prompt(ChatMessage[] messages) => _messages = messages;

    /// <summary>The messages, in order.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>A prompt of several messages.</summary>
    public static Prompt From(params ReadOnlySpan<ChatMessage> messages) => new(messages.ToArray());

    /// <summary>One user message.</summary>
    public static implicit operator Prompt(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new([new(ChatRole.User, text)]);
    }

    /// <summary>One message, for example with an image.</summary>
    public static implicit operator Prompt(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new([message]);
    }

    /// <summary>Several messages.</summary>
    public static implicit operator Prompt(ChatMessage[] messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return From(messages);
    }

    /// <summary>Several messages.</summary>
    public static implicit operator Prompt(List<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return new([.. messages]);
    }

    /// <summary>The messages one by one.</summary>
    public IEnumerator<ChatMessage> GetEnumerator() => Messages.GetEnumerator();
}
