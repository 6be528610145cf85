using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Gives a model the data that references stand for, and keeps what it answers with.</summary>
internal sealed class ArtifactChatClient(IChatClient client, IArtifactStore store, ArtifactOptions options) : DelegatingChatClient(client)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? chatOptions = null, CancellationToken cancellationToken = default)
    {
        var response = await base.GetResponseAsync(await FoundAsync(messages, cancellationToken).ConfigureAwait(false), chatOptions, cancellationToken).ConfigureAwait(false);
        foreach (var message in response.Messages)
        {
            if (await Artifact.KeptAsync(store, options, message.Contents, cancellationToken).ConfigureAwait(false) is { } kept) message.Contents = kept;
        }

        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? chatOptions = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var asked = await FoundAsync(messages, cancellationToken).ConfigureAwait(false);
        await foreach (var update in base.GetStreamingResponseAsync(asked, chatOptions, cancellationToken).ConfigureAwait(false))
        {
            if (await Artifact.KeptAsync(store, options, update.Contents, cancellationToken).ConfigureAwait(false) is { } kept) update.Contents = kept;
            yield return update;
        }
    }

    // The caller's messages are recorded as they are, with references.
    private async ValueTask<List<ChatMessage>> FoundAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        List<ChatMessage> all = [.. messages];
        for (var i = 0; i < all.Count; i++)
        {
            if (await Artifact.FoundAsync(store, all[i].Contents, cancellationToken).ConfigureAwait(false) is not { } found) continue;
            all[i] = all[i].Clone();
            all[i].Contents = found;
        }

        return all;
    }
}
