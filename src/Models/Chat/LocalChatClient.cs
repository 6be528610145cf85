using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// The chat client of one policy of a local model. Every response carries a <see cref="TokenTrace"/>; a stream's last update does.
/// What streams adds up to the contents of the whole response.
/// </summary>
internal sealed class LocalChatClient(
    PolicyId policy, Tokenizer tokenizer, ChatTemplate template, int[] stopIds, int defaultMaxTokens, int maxPositions, IGenerator generator) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("AgentTeams", defaultModelId: policy.ToString());

    /// <summary>The kept version that is sampled.</summary>
    /// <value>Null by default: what new calls of the policy are sampled with.</value>
    public long? Version { get; init; }

    /// <summary>What turns ids into text and back.</summary>
    public Tokenizer Tokenizer => tokenizer;

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var sampling = SamplingOptions.From(options, template.ToolCalls);
        var request = Request(messages, options, sampling, null, cancellationToken);
        var result = await generator.Enqueue(request).ConfigureAwait(false);
        var contents = new ReplyContents(template, options, request);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents.Next(TextOf(result, sampling), isWhole: true)))
        {
            ModelId = policy.ToString(),
            FinishReason = FinishReason(result, contents),
            Usage = Usage(request, result),
            AdditionalProperties = Trace(request, result),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sampling = SamplingOptions.From(options, template.ToolCalls);
        // The request's token limit bounds what can wait here, so the scheduler never has to.
        var ids = Channel.CreateUnbounded<int>(new() { SingleReader = true, SingleWriter = true });
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = Request(messages, options, sampling, ids.Writer, abandoned.Token);
        var completion = CompleteSink(generator.Enqueue(request), ids.Writer);
        try
        {
            var reply = new ReplyText(TokenBytes.Of(tokenizer), sampling.Stops);
            var contents = new ReplyContents(template, options, request);
            while (await ids.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (ids.Reader.TryRead(out var id)) reply.Append(id);
                foreach (var content in contents.Next(reply.Settled().ToString(), isWhole: false)) yield return Update(content);
            }

            var result = await completion.ConfigureAwait(false);
            foreach (var content in contents.Next(TextOf(result, sampling), isWhole: true)) yield return Update(content);
            var last = Update(new UsageContent(Usage(request, result)));
            last.FinishReason = FinishReason(result, contents);
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

    /// <summary>Refuses what could never be answered before it waits for its turn, so that a caller's mistake is told apart from a failure.</summary>
    /// <exception cref="AgentTeamsException">An option or a message cannot be used, or the prompt is too long.</exception>
    public void Check(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        Request(messages, options, SamplingOptions.From(options, template.ToolCalls), null, CancellationToken.None).Check(maxPositions);

    // The model outlives its clients; nothing is owned here.
    public void Dispose() { }

    private GenerationRequest Request(IEnumerable<ChatMessage> messages, ChatOptions? options, SamplingOptions sampling, ChannelWriter<int>? sink,
        CancellationToken cancellationToken)
    {
        var prompt = template.Render(tokenizer, Conversation(messages, options), options);
        var limit = sampling.MaxTokens ?? Math.Clamp(maxPositions - prompt.Length, 1, defaultMaxTokens);
        var grammar = sampling.Grammar is { } text ? TokenGrammars.Get(tokenizer, stopIds, text) : null;
        if (grammar?.Shortest > limit)
            throw new AgentTeamsException($"The reply may have {limit} tokens, but the shortest that satisfies the response format has {grammar.Shortest}, "
                + $"end of sequence included. Raise MaxOutputTokens, or shorten the prompt of {prompt.Length} tokens if it leaves no room.");
        return new()
        {
            Policy = policy,
            Version = Version,
            Draft = DraftOf(options, prompt, limit),
            PromptIds = prompt,
            MaxTokens = limit,
            Temperature = sampling.Temperature,
            Truncation = sampling.Truncation,
            RepetitionPenalty = sampling.RepetitionPenalty,
            Grammar = grammar,
            Seed = sampling.Seed,
            StopIds = stopIds,
            StopTexts = [.. sampling.Stops],
            IsStopped = StopCheck(sampling.Stops),
            Sink = sink,
            CancellationToken = cancellationToken,
        };
    }

    // What was drawn from another prompt, or by another policy, says nothing about this call; of a greedy choice nobody knows what else it might have been.
    private Draft? DraftOf(ChatOptions? options, int[] prompt, int limit)
    {
        if (options?.AdditionalProperties?.TryGetValue(TokenTrace.DraftPropertyName, out var given) != true || given is not TokenTrace trace) return null;
        if (trace.Policy != policy || trace.Temperature <= 0 || trace.CompletionIds.Length == 0 || !trace.PromptIds.AsSpan().SequenceEqual(prompt)) return null;
        var row = new TrainingRow { Role = "", PromptIds = prompt, CompletionIds = trace.CompletionIds, Temperature = trace.Temperature, Constraints = trace.Constraints };
        var count = Math.Min(trace.CompletionIds.Length, limit);
        return new()
        {
            Ids = trace.CompletionIds[..count],
            LogProbs = trace.LogProbs[..count],
            Temperature = trace.Temperature,
            Version = trace.WeightsVersion,
            Constraints = ConstrainedDistribution.Of(row, tokenizer, stopIds),
        };
    }

    private static IEnumerable<ChatMessage> Conversation(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (string.IsNullOrEmpty(options?.Instructions)) return messages;
        List<ChatMessage> all = [.. messages];
        List<AIContent> contents = [new TextContent(options.Instructions)];
        // Templates have one place for a system message, so both share it.
        if (all is [var first, ..] && first.Role == ChatRole.System)
        {
            contents.AddRange([new TextContent("\n\n"), .. first.Contents]);
            all.RemoveAt(0);
        }

        return all.Prepend(new ChatMessage(ChatRole.System, contents));
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

    private string TextOf(GenerationResult result, SamplingOptions sampling) => ReplyText.Finish(tokenizer.DecodePart(result.Ids), sampling.Stops);

    private ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content]) { ModelId = policy.ToString() };

    private static ChatFinishReason FinishReason(GenerationResult result, ReplyContents contents) =>
        !result.Stopped ? ChatFinishReason.Length : contents.HasCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;

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
            AcceptedTokens = result.AcceptedTokens,
        },
    };
}
