using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>The chat client of one policy of a local model. Every response carries a <see cref="TokenTrace"/>; a stream's last update does.</summary>
internal sealed class LocalChatClient(
    Policy policy, Tokenizer tokenizer, ChatTemplate template, int[] stopIds, int defaultMaxTokens, int maxPositions, GenerationScheduler scheduler, ToolCallFormat? toolCalls = null) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("AgentTeams", defaultModelId: policy.ToString());

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var sampling = SamplingOptions.From(options, toolCalls);
        var request = Request(messages, options, sampling, null, cancellationToken);
        var result = await scheduler.Enqueue(request).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, TextOf(result, sampling)))
        {
            ModelId = policy.ToString(),
            FinishReason = FinishReason(result),
            Usage = Usage(request, result),
            AdditionalProperties = Trace(request, result),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sampling = SamplingOptions.From(options, toolCalls);
        // The request's token limit bounds what can wait here, so the scheduler never has to.
        var ids = Channel.CreateUnbounded<int>(new() { SingleReader = true, SingleWriter = true });
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = Request(messages, options, sampling, ids.Writer, abandoned.Token);
        var completion = CompleteSink(scheduler.Enqueue(request), ids.Writer);
        try
        {
            var reply = new ReplyText(TokenBytes.Of(tokenizer), sampling.Stops);
            var streamed = 0;
            while (await ids.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (ids.Reader.TryRead(out var id)) reply.Append(id);
                var text = reply.TakeSettled().ToString();
                if (text.Length == 0) continue;
                streamed += text.Length;
                yield return Update(new TextContent(text));
            }

            var result = await completion.ConfigureAwait(false);
            var rest = TextOf(result, sampling)[streamed..];
            if (rest.Length > 0) yield return Update(new TextContent(rest));
            var last = Update(new UsageContent(Usage(request, result)));
            last.FinishReason = FinishReason(result);
            last.AdditionalProperties = Trace(request, result);
            yield return last;
        }
        finally
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        return serviceType == typeof(ChatClientMetadata) ? _metadata : serviceType.IsInstanceOfType(this) ? this : null;
    }

    // The model outlives its clients; nothing is owned here.
    public void Dispose() { }

    private GenerationRequest Request(IEnumerable<ChatMessage> messages, ChatOptions? options, SamplingOptions sampling, ChannelWriter<int>? sink, CancellationToken cancellationToken)
    {
        var prompt = template.Render(tokenizer, messages, options);
        var limit = sampling.MaxTokens ?? Math.Clamp(maxPositions - prompt.Length, 1, defaultMaxTokens);
        var grammar = sampling.Grammar is { } text ? TokenGrammars.Get(tokenizer, stopIds, text) : null;
        if (grammar?.Shortest > limit)
            throw new AgentTeamsException($"The reply may have {limit} tokens, but the shortest that satisfies the response format has {grammar.Shortest}, end of sequence included. Raise MaxOutputTokens, or shorten the prompt of {prompt.Length} tokens if it leaves no room.");
        return new()
        {
            Policy = policy,
            PromptIds = prompt,
            MaxTokens = limit,
            Temperature = sampling.Temperature,
            Truncation = sampling.Truncation,
            RepetitionPenalty = sampling.RepetitionPenalty,
            Grammar = grammar,
            Seed = sampling.Seed,
            StopIds = stopIds,
            IsStopped = StopCheck(sampling.Stops),
            Sink = sink,
            CancellationToken = cancellationToken,
        };
    }

    private Func<ReadOnlySpan<int>, bool>? StopCheck(IList<string> stops)
    {
        if (stops.Count == 0) return null;
        var text = new ReplyText(TokenBytes.Of(tokenizer), stops);
        var seen = 0;
        return ids =>
        {
            while (seen < ids.Length) text.Append(ids[seen++]);
            return text.IsStopped;
        };
    }

    private static async Task<GenerationResult> CompleteSink(Task<GenerationResult> completion, ChannelWriter<int> sink)
    {
        try
        {
            return await completion.ConfigureAwait(false);
        }
        finally
        {
            sink.TryComplete();
        }
    }

    private string TextOf(GenerationResult result, SamplingOptions sampling) => ReplyText.Finish(tokenizer.Decode(result.Ids), sampling.Stops);

    private ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content]) { ModelId = policy.ToString() };

    private static ChatFinishReason FinishReason(GenerationResult result) => result.Stopped ? ChatFinishReason.Stop : ChatFinishReason.Length;

    private static UsageDetails Usage(GenerationRequest request, GenerationResult result) => new()
    {
        InputTokenCount = request.PromptIds.Length, OutputTokenCount = result.Ids.Length, TotalTokenCount = request.PromptIds.Length + result.Ids.Length,
    };

    private AdditionalPropertiesDictionary Trace(GenerationRequest request, GenerationResult result) => new()
    {
        [TokenTrace.PropertyName] = new TokenTrace
        {
            PromptIds = request.PromptIds,
            CompletionIds = result.Ids,
            LogProbs = result.LogProbs,
            Policy = policy,
            WeightsVersion = result.WeightsVersion,
            Temperature = request.Temperature,
            Constraints = result.Constraints,
        },
    };
}
