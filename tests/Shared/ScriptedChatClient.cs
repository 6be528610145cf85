using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Answers from a script and remembers what it was asked.</summary>
internal sealed class ScriptedChatClient(Func<ScriptedCall, Task<ChatResponse>> answer) : IChatClient
{
    private int _count;

    public ScriptedChatClient(params string[] answers)
        : this(call => Task.FromResult(Text(answers[Math.Min(call.Index, answers.Length - 1)]))) { }

    public ConcurrentQueue<ScriptedCall> Calls { get; } = [];

    public static ChatResponse Text(string text) => new(new ChatMessage(ChatRole.Assistant, text));

    public static ChatResponse CallTool(string name, params (string Name, object? Value)[] arguments) =>
        new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("id-" + name, name, arguments.ToDictionary(a => a.Name, a => a.Value))]));

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = new ScriptedCall(Interlocked.Increment(ref _count) - 1, [.. messages], options ?? new(), cancellationToken);
        Calls.Enqueue(call);
        return answer(call);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}

/// <summary>One call of a scripted client; the index counts its calls from 0.</summary>
internal sealed record ScriptedCall(int Index, IReadOnlyList<ChatMessage> Messages, ChatOptions Options, CancellationToken CancellationToken);
