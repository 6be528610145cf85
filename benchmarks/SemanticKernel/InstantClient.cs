using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Benchmarks.SemanticKernel;

/// <summary>A model that answers at once, so that only what surrounds it takes time.</summary>
internal sealed class InstantClient : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "The answer is 42.")) { Usage = new() { InputTokenCount = 20, OutputTokenCount = 5 } });

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}
