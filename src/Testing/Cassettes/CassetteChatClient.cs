using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A client whose replies come from a cassette, or go onto it.</summary>
internal sealed class CassetteChatClient(CassetteFile file, CassetteMode mode, IChatClient? inner) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatMessage[] asked = [.. messages];
        cancellationToken.ThrowIfCancellationRequested();
        var (request, key) = KeyOf(asked, options);
        if (file.Next(key) is { } recorded) return recorded;
        var response = await ModelFor(asked, key).GetResponseAsync(asked, options, cancellationToken).ConfigureAwait(false);
        file.Append(key, request, response);
        return response;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatMessage[] asked = [.. messages];
        cancellationToken.ThrowIfCancellationRequested();
        var (request, key) = KeyOf(asked, options);
        if (file.Next(key) is { } recorded)
        {
            foreach (var update in ReplyStream.Of(recorded)) yield return update;
            yield break;
        }

        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in ModelFor(asked, key).GetStreamingResponseAsync(asked, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
            yield return update;
        }

        file.Append(key, request, updates.ToChatResponse());
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => inner?.GetService(serviceType, serviceKey);

    // The cassette and the model are the caller's.
    public void Dispose()
    {
    }

    private static (JsonObject Request, string Key) KeyOf(ChatMessage[] asked, ChatOptions? options)
    {
        var request = CassetteRequest.Of(asked, options);
        return (request, CassetteRequest.KeyOf(request));
    }

    private IChatClient ModelFor(ChatMessage[] asked, string key) => mode != CassetteMode.Replay && inner is not null ? inner
        : throw new CassetteException($"The cassette '{file.Path}' has no further reply to the request {key}, which ends in '{(asked.Length == 0 ? "" : asked[^1].Text)}'. "
            + $"What the team asks has changed, or it asks more often: record it again with {nameof(CassetteMode)}.{nameof(CassetteMode.RecordMissing)} around a real client.");
}
