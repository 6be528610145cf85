using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A model that answers from a script and remembers what it was asked. Streams give the same answer, cut between its words.</summary>
/// <example>
/// <code>
/// var client = new ScriptedChatClient("no", "ok");
/// var result = await workflow.RunAsync(state, TeamRuntime.ForAll(client));
/// Assert.Contains("again", client.Calls[1].Text);
/// </code>
/// </example>
public sealed class ScriptedChatClient : IChatClient
{
    private readonly Func<ScriptedCall, ValueTask<ScriptedReply>> _answer;
    private readonly ConcurrentQueue<ScriptedCall> _calls = [];
    private readonly int _replies;
    private int _count;

    /// <summary>Creates one that gives replies in order. One reply alone answers every call; of several, each answers one.</summary>
    /// <param name="replies">The replies, at least one.</param>
    public ScriptedChatClient(params ScriptedReply[] replies)
        : this("the script", replies)
    {
    }

    /// <summary>Creates one whose replies depend on what is asked.</summary>
    /// <param name="answer">Replies to a call; calls at the same time run it at the same time.</param>
    public ScriptedChatClient(Func<ScriptedCall, ScriptedReply> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _answer = call => new(answer(call));
    }

    /// <summary>Creates one that waits for its replies, for example for a test that lets several calls go on in an order of its own.</summary>
    /// <param name="answer">Replies to a call; calls at the same time run it at the same time.</param>
    public ScriptedChatClient(Func<ScriptedCall, ValueTask<ScriptedReply>> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _answer = answer;
    }

    internal ScriptedChatClient(string name, ScriptedReply[] replies)
    {
        ArgumentNullException.ThrowIfNull(replies);
        if (replies.Length == 0) throw new ScriptException($"{Upper(name)} has no reply. Give at least one.");
        _replies = replies.Length;
        _answer = call => replies.Length == 1 ? new(replies[0])
            : call.Index < replies.Length ? new(replies[call.Index])
            : throw new ScriptException($"{Upper(name)} has {replies.Length} replies, and call {call.Index + 1} asks for another: '{call.Text}'. Give one more, or find out why the team asks so often.");
    }

    /// <summary>What it was asked so far.</summary>
    public IReadOnlyList<ScriptedCall> Calls => [.. _calls];

    internal int Unused => _replies == 1 ? (_calls.IsEmpty ? 1 : 0) : Math.Max(0, _replies - Volatile.Read(ref _count));

    /// <inheritdoc/>
    /// <exception cref="ScriptException">The script has no further reply.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        var call = new ScriptedCall(Interlocked.Increment(ref _count) - 1, [.. messages], options ?? new(), cancellationToken);
        _calls.Enqueue(call);
        var reply = await _answer(call).ConfigureAwait(false);
        return await reply.CreateAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="ScriptException">The script has no further reply.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (var update in ReplyStream.Of(response)) yield return update;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType?.IsInstanceOfType(this) == true ? this : null;

    /// <summary>It holds nothing.</summary>
    public void Dispose()
    {
    }

    private static string Upper(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
