using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.SemanticKernel;

/// <summary>As <see cref="TurnRecordingService"/>, for a chat client without a recording client inside its tool-call loop.</summary>
internal sealed class TurnRecordingClient(IChatClient innerClient) : DelegatingChatClient(innerClient)
{
    private static readonly ChatClientMetadata Unnamed = new("unknown");

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatMessage[] input = [.. messages];
        if (ModelCallScope.Current is not AgentInvocation invocation) return await base.GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
        var (calls, start, began) = (invocation.Calls, invocation.TimeProvider.GetUtcNow(), invocation.TimeProvider.GetTimestamp());
        var response = await base.GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
        if (invocation.Calls == calls) Record(invocation, input, options, response, start, began);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatMessage[] input = [.. messages];
        var invocation = ModelCallScope.Current as AgentInvocation;
        var (calls, start, began) = (invocation?.Calls, invocation?.TimeProvider.GetUtcNow() ?? default, invocation?.TimeProvider.GetTimestamp() ?? 0);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in base.GetStreamingResponseAsync(input, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update.Clone());
            yield return update;
        }

        if (invocation is not null && invocation.Calls == calls) Record(invocation, input, options, updates.ToChatResponse(), start, began);
    }

    // Without metadata Semantic Kernel refuses a client.
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        base.GetService(serviceType, serviceKey) ?? (serviceType == typeof(ChatClientMetadata) && serviceKey is null ? Unnamed : null);

    private static void Record(AgentInvocation invocation, ChatMessage[] input, ChatOptions? options, ChatResponse response, DateTimeOffset start, long began)
    {
        var usage = response.Usage.ToTokenUsage();
        invocation.RecordTurns(
            [.. input.WithInstructions(options)], [.. response.Messages.Select(m => new SpokenMessage(m, UsageSource: response, Usage: usage))], start,
            invocation.TimeProvider.GetElapsedTime(began));
    }
}
