using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// Reports each call of a model to the attempt of a role that it belongs to, and gives the call a seed of that attempt
/// unless its caller chose one. Put it below a client that runs a tool-call loop of its own: then each turn of that loop is a node of the trajectory,
/// with its tokens. What a tool of that loop asks of models is not the role's and not reported. Where nothing is recorded it changes nothing.
/// </summary>
/// <param name="innerClient">The model's client.</param>
public sealed class RecordingChatClient(IChatClient innerClient) : DelegatingChatClient(innerClient)
{
    private static readonly ChatClientMetadata Unnamed = new("unknown");

    /// <inheritdoc/>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        // A loop above goes on adding to its list, so what this call reads is copied.
        ChatMessage[] input = [.. messages];
        if (ScopeOf(input) is not { } scope) return await base.GetResponseAsync(input, options, cancellationToken).ConfigureAwait(false);
        var call = new CallUnderWay(scope, input, options);
        try
        {
            ModelCallScope.Leave();
            var response = await base.GetResponseAsync(input, Seeded(scope, options), cancellationToken).ConfigureAwait(false);
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
        ChatMessage[] input = [.. messages];
        if (ScopeOf(input) is not { } scope)
        {
            await foreach (var update in base.GetStreamingResponseAsync(input, options, cancellationToken).ConfigureAwait(false)) yield return update;
            yield break;
        }

        var call = new CallUnderWay(scope, input, options);
        var updates = new List<ChatResponseUpdate>();
        Exception? error = new OperationCanceledException("The reader of the stream stopped before its end.");
        var stream = base.GetStreamingResponseAsync(input, Seeded(scope, options), cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    // What flows with execution does not outlast a yield.
                    ModelCallScope.Leave();
                    if (!await stream.MoveNextAsync().ConfigureAwait(false)) break;
                }
                catch (Exception e)
                {
                    error = e;
                    throw;
                }

                updates.Add(Copy(stream.Current));
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

    // Of two recording clients the lower one sees each turn of a loop between them.
    private ModelCallScope? ScopeOf(ChatMessage[] input) =>
        ModelCallScope.Current is { } scope && scope.Hears(input) && InnerClient.GetService(typeof(RecordingChatClient)) is null ? scope : null;

    private static ChatOptions Seeded(ModelCallScope scope, ChatOptions? options)
    {
        var seed = scope.NextSeed(options?.Seed);
        if (options?.Seed == seed) return options;
        var seeded = options?.Clone() ?? new();
        seeded.Seed = seed;
        return seeded;
    }

    // Whoever reads the stream may write into what it is handed.
    private static ChatResponseUpdate Copy(ChatResponseUpdate update)
    {
        var copy = update.Clone();
        copy.Contents = [.. update.Contents];
        copy.AdditionalProperties = update.AdditionalProperties?.Clone();
        return copy;
    }

    private readonly struct CallUnderWay(ModelCallScope scope, ChatMessage[] input, ChatOptions? options)
    {
        private readonly DateTimeOffset _start = scope.TimeProvider.GetUtcNow();
        private readonly long _began = scope.TimeProvider.GetTimestamp();

        public void Complete(ChatResponse? response, Exception? error) =>
            scope.Record(new([.. input.WithInstructions(options)], response is null ? null : Copy(response), error, _start, scope.TimeProvider.GetElapsedTime(_began)));

        // A loop above also extends the last response by everything that was said before, and frameworks sign its messages.
        private static ChatResponse Copy(ChatResponse response) => new([.. response.Messages.Select(Copy)])
        {
            Usage = response.Usage,
            AdditionalProperties = response.AdditionalProperties?.Clone(),
        };

        private static ChatMessage Copy(ChatMessage message)
        {
            var copy = message.Clone();
            copy.Contents = [.. message.Contents];
            return copy;
        }
    }
}
