using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>
/// Reports each call of a model to the role invocation that it belongs to, and gives the call a seed of that invocation
/// unless its caller chose one. Put it below a client that runs a tool-call loop of its own: then each turn of that loop is a node of the trajectory,
/// with its tokens. Where nothing is recorded it changes nothing.
/// </summary>
/// <param name="innerClient">The model's client.</param>
public sealed class RecordingChatClient(IChatClient innerClient) : DelegatingChatClient(innerClient)
{
    private static readonly ChatClientMetadata Unnamed = new("unknown");

    /// <inheritdoc/>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (ModelCallScope.Current is not { } scope) return await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        var call = new CallUnderWay(scope, messages);
        try
        {
            var response = await base.GetResponseAsync(call.Input, Seeded(scope, options), cancellationToken).ConfigureAwait(false);
            call.Complete(response, null);
            return response;
        }
        catch (Exception e)
        {
            call.Complete(null, e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (ModelCallScope.Current is not { } scope)
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false)) yield return update;
            yield break;
        }

        var call = new CallUnderWay(scope, messages);
        var updates = new List<ChatResponseUpdate>();
        Exception? error = new OperationCanceledException("The reader of the stream stopped before its end.");
        var stream = base.GetStreamingResponseAsync(call.Input, Seeded(scope, options), cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    if (!await stream.MoveNextAsync().ConfigureAwait(false)) break;
                }
                catch (Exception e)
                {
                    error = e;
                    throw;
                }

                updates.Add(stream.Current);
                yield return stream.Current;
            }

            error = null;
        }
        finally
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            call.Complete(updates.Count == 0 ? null : updates.ToChatResponse(), error);
        }
    }

    /// <summary>As the inner client, but always with metadata, without which some frameworks refuse a client.</summary>
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        base.GetService(serviceType, serviceKey) ?? (serviceType == typeof(ChatClientMetadata) && serviceKey is null ? Unnamed : null);

    private static ChatOptions Seeded(ModelCallScope scope, ChatOptions? options)
    {
        var seed = scope.NextSeed(options?.Seed);
        if (options?.Seed == seed) return options;
        var seeded = options?.Clone() ?? new();
        seeded.Seed = seed;
        return seeded;
    }

    private readonly struct CallUnderWay(ModelCallScope scope, IEnumerable<ChatMessage> messages)
    {
        private readonly DateTimeOffset _start = scope.TimeProvider.GetUtcNow();
        private readonly long _began = scope.TimeProvider.GetTimestamp();

        // A loop above goes on adding to its list, so what this call read is copied.
        public ChatMessage[] Input { get; } = [.. messages];

        public void Complete(ChatResponse? response, Exception? error) =>
            scope.Record(new([.. Input], response is null ? null : Copy(response), error, _start, scope.TimeProvider.GetElapsedTime(_began)));

        // It also extends the last response by everything that was said before.
        private static ChatResponse Copy(ChatResponse response) => new([.. response.Messages])
        {
            Usage = response.Usage,
            AdditionalProperties = response.AdditionalProperties,
        };
    }
}
