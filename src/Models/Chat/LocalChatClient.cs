using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>The chat client of one policy of a local model. Every response carries a <see cref="TokenTrace"/>.</summary>
internal sealed class LocalChatClient(Policy policy, Tokenizer tokenizer, ChatTemplate template, int[] stopIds, int defaultMaxTokens, int maxPositions, GenerationScheduler scheduler) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("AgentTeams", defaultModelId: policy.ToString());

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var prompt = template.Render(tokenizer, messages, options);
        var temperature = options?.Temperature ?? 1f;
        if (temperature is not (>= 0 and <= 2))
            throw new AgentTeamsException($"The temperature is {temperature}. Give a value from 0 to 2.");
        var result = await scheduler.Enqueue(new GenerationRequest
        {
            Policy = policy,
            PromptIds = prompt,
            MaxTokens = options?.MaxOutputTokens ?? Math.Clamp(maxPositions - prompt.Length, 1, defaultMaxTokens),
            Temperature = temperature,
            Seed = options?.Seed ?? 0,
            StopIds = stopIds,
            IsStopped = StopCheck(options?.StopSequences),
            CancellationToken = cancellationToken,
        }).ConfigureAwait(false);

        var text = tokenizer.Decode(result.Ids).Trim();
        var response = new ChatResponse(new ChatMessage(ChatRole.Assistant, CutAtStop(text, options?.StopSequences)))
        {
            ModelId = policy.ToString(),
            FinishReason = result.Stopped ? ChatFinishReason.Stop : ChatFinishReason.Length,
            Usage = new UsageDetails { InputTokenCount = prompt.Length, OutputTokenCount = result.Ids.Length, TotalTokenCount = prompt.Length + result.Ids.Length },
            AdditionalProperties = [],
        };
        response.AdditionalProperties[TokenTrace.PropertyName] = new TokenTrace
        {
            PromptIds = prompt,
            CompletionIds = result.Ids,
            LogProbs = result.LogProbs,
            Policy = policy,
            WeightsVersion = result.WeightsVersion,
            Temperature = temperature,
        };
        return response;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (var update in response.ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        return serviceType == typeof(ChatClientMetadata) ? _metadata : serviceType.IsInstanceOfType(this) ? this : null;
    }

    // The model outlives its clients; nothing is owned here.
    public void Dispose() { }

    private Func<ReadOnlySpan<int>, bool>? StopCheck(IList<string>? stops) => stops is not { Count: > 0 }
        ? null
        : ids =>
        {
            var text = tokenizer.Decode(ids.ToArray());
            return stops.Any(stop => text.Contains(stop, StringComparison.Ordinal));
        };

    private static string CutAtStop(string text, IList<string>? stops)
    {
        foreach (var stop in stops ?? [])
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0) text = text[..at];
        }

        return text;
    }
}
