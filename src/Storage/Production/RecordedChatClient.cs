using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Records each call of a client; see <see cref="RecordedChatClients.RecordTo"/>.</summary>
internal sealed class RecordedChatClient(IChatClient client, ProductionRecorder recorder, string role, string task) : DelegatingChatClient(client)
{
    private readonly string? _model = client.GetService<ChatClientMetadata>()?.DefaultModelId;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        // Read once: it may be a query.
        var given = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var call = Begin(given, options);
        try
        {
            var response = await base.GetResponseAsync(given, options, cancellationToken).ConfigureAwait(false);
            call?.End(response);
            return response;
        }
        catch (Exception e)
        {
            call?.Fail(e);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var call = Begin(given, options);
        var stream = base.GetStreamingResponseAsync(given, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await MoveNextAsync(stream, call).ConfigureAwait(false))
            {
                call?.Add(stream.Current);
                yield return stream.Current;
            }

            call?.End();
        }
        finally
        {
            // Nobody reads on.
            call?.Abandon();
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatResponseUpdate> stream, RecordedCall? call)
    {
        try
        {
            return await stream.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            call?.Fail(e);
            throw;
        }
    }

    private RecordedCall? Begin(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        try
        {
            var id = recorder.NewId();
            var (isSampled, clock) = (recorder.IsSampled(id), recorder.TimeProvider);
            var facts = new CallFacts(id, role, task) { Model = options?.ModelId ?? _model, Start = clock.GetUtcNow(), Began = clock.GetTimestamp() };
            return new(recorder, isSampled ? facts with { Input = CallFacts.InputOf(messages, options?.Instructions) } : facts, isSampled);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            recorder.Drop(DropReason.NotReadable, e);
            return null;
        }
    }
}
