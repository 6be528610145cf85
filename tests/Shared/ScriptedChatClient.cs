using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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

    /// <summary>The same answer, cut between its words.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken);
        foreach (var message in response.Messages)
        {
            foreach (var part in message.Contents.SelectMany(Parts)) yield return new ChatResponseUpdate(message.Role, [part]) { MessageId = message.MessageId };
        }

        yield return new ChatResponseUpdate { Role = ChatRole.Assistant, FinishReason = response.FinishReason, AdditionalProperties = response.AdditionalProperties };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }

    private static IEnumerable<AIContent> Parts(AIContent content) =>
        content is TextContent text ? text.Text.Split(' ').Select((word, i) => new TextContent(i == 0 ? word : " " + word)) : [content];
}

/// <summary>One call of a scripted client; the index counts its calls from 0.</summary>
internal sealed record ScriptedCall(int Index, IReadOnlyList<ChatMessage> Messages, ChatOptions Options, CancellationToken CancellationToken);
