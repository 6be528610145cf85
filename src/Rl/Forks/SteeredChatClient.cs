using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>A role's client, which a run that is steered may answer or send elsewhere.</summary>
/// <param name="inner">The role's model.</param>
/// <param name="role">The role's name.</param>
internal sealed class SteeredChatClient(IChatClient inner, string role) : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (SteeredRun.Current is not { } run) return base.GetResponseAsync(messages, options, cancellationToken);
        ChatMessage[] input = [.. messages];
        var (reply, client, changed) = run.Route(role, input, options);
        return reply is not null ? Task.FromResult(reply) : client is not null ? AskAsync(client, input, changed, cancellationToken) : InnerClient.GetResponseAsync(input, changed, cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        if (SteeredRun.Current is not { } run) return base.GetStreamingResponseAsync(messages, options, cancellationToken);
        ChatMessage[] input = [.. messages];
        var (reply, client, changed) = run.Route(role, input, options);
        return reply is not null ? Said(reply, cancellationToken) : client is not null ? StreamAsync(client, input, changed, cancellationToken) : InnerClient.GetStreamingResponseAsync(input, changed, cancellationToken);
    }

    // Who stands in for a role may be a role's client itself, which is not to be sent round and round.
    private static async Task<ChatResponse> AskAsync(IChatClient client, ChatMessage[] input, ChatOptions? options, CancellationToken cancellationToken)
    {
        SteeredRun.Leave();
        return await client.GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IChatClient client, ChatMessage[] input, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SteeredRun.Leave();
        var updates = client.GetStreamingResponseAsync(input, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = updates.ConfigureAwait(false);
        while (await updates.MoveNextAsync().ConfigureAwait(false))
        {
            yield return updates.Current;
            // Each part is asked for from outside, where the run is steered.
            SteeredRun.Leave();
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Said(ChatResponse reply, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var update in reply.ToChatResponseUpdates())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return update;
        }
    }
}
