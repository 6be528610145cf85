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
        var turns = TurnsUnderWay.Begin(input, options);
        try
        {
            var response = await base.GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
            turns?.Complete(response, null);
            return response;
        }
        catch (Exception e)
        {
            turns?.Complete(null, e);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatMessage[] input = [.. messages];
        var turns = TurnsUnderWay.Begin(input, options);
        var updates = new List<ChatResponseUpdate>();
        var stream = base.GetStreamingResponseAsync(input, options, cancellationToken)
            .ObserveAsync(update => updates.Add(update.Clone()), error => turns?.Complete(updates.ToChatResponse(), error), cancellationToken);
        await foreach (var update in stream.ConfigureAwait(false)) yield return update;
    }

    // Without metadata Semantic Kernel refuses a client.
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        base.GetService(serviceType, serviceKey) ?? (serviceType == typeof(ChatClientMetadata) && serviceKey is null ? Unnamed : null);

    private sealed class TurnsUnderWay(AgentInvocation invocation, ChatMessage[] input, ChatOptions? options)
    {
        private readonly int _calls = invocation.Calls;
        private readonly DateTimeOffset _start = invocation.TimeProvider.GetUtcNow();
        private readonly long _began = invocation.TimeProvider.GetTimestamp();

        public static TurnsUnderWay? Begin(ChatMessage[] input, ChatOptions? options) =>
            AgentInvocation.Here is { } invocation ? new(invocation, input, options) : null;

        public void Complete(ChatResponse? response, Exception? error)
        {
            if (invocation.Calls != _calls) return;
            var usage = response?.Usage.ToTokenUsage();
            var said = (response?.Messages ?? []).Select(m => new SpokenMessage(m, UsageSource: response, Usage: usage));
            invocation.RecordTurns([.. input.WithInstructions(options)], [.. said], _start, invocation.TimeProvider.GetElapsedTime(_began), error);
        }
    }
}
