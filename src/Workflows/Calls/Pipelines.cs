using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polly;

namespace AgentTeams.Workflows;

/// <summary>Polly pipelines around a model or a tool, whoever asks it: rate limits, circuit breakers and hedging that all runs share.</summary>
public static class Pipelines
{
    /// <summary>A client whose calls go through a pipeline. Of a stream it is what leads to the first update that goes through it.</summary>
    /// <param name="client">The client of a model.</param>
    /// <param name="pipeline">The pipeline; one instance for all runs, as its strategies count what goes through it.</param>
    /// <example>
    /// <code>
    /// var limit = new ResiliencePipelineBuilder&lt;ChatResponse&gt;().AddConcurrencyLimiter(permitLimit: 8, queueLimit: 1000).Build();
    /// TeamRuntime runtime = TeamRuntime.ForAll(client.WithPipeline(limit));
    /// </code>
    /// </example>
    public static IChatClient WithPipeline(this IChatClient client, ResiliencePipeline<ChatResponse> pipeline)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(pipeline);
        return new PipelineChatClient(client, pipeline);
    }

    /// <summary>A tool whose calls go through a pipeline.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="pipeline">The pipeline; one instance for all runs.</param>
    public static AIFunction WithPipeline(this AIFunction tool, ResiliencePipeline<object?> pipeline)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(pipeline);
        return new PipelineTool(tool, pipeline);
    }

    private sealed class PipelineChatClient(IChatClient client, ResiliencePipeline<ChatResponse> pipeline) : DelegatingChatClient(client)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            await pipeline.ExecuteAsync(async token => await base.GetResponseAsync(messages, options, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var started = await pipeline.ExecuteAsync<ChatResponse>(async _ =>
            {
                // Each try has a stream of its own; the caller's token outlives the try's, so the stream listens to that.
                var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
                return new StartedStream(updates, await updates.MoveNextAsync().ConfigureAwait(false));
            }, cancellationToken).ConfigureAwait(false);
            var stream = (StartedStream)started;
            await using (stream.Updates.ConfigureAwait(false))
            {
                for (var hasMore = stream.HasFirst; hasMore; hasMore = await stream.Updates.MoveNextAsync().ConfigureAwait(false)) yield return stream.Updates.Current;
            }
        }
    }

    private sealed class StartedStream(IAsyncEnumerator<ChatResponseUpdate> updates, bool hasFirst) : ChatResponse
    {
        public IAsyncEnumerator<ChatResponseUpdate> Updates => updates;

        public bool HasFirst => hasFirst;
    }

    private sealed class PipelineTool(AIFunction tool, ResiliencePipeline<object?> pipeline) : DelegatingAIFunction(tool)
    {
        protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
            await pipeline.ExecuteAsync(async token => await base.InvokeCoreAsync(arguments, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }
}
