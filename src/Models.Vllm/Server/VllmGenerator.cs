namespace AgentTeams.Models;

/// <summary>Completes prompts on a vLLM server. Only the temperature may shape the distribution, as the trainer could not re-apply the rest.</summary>
internal sealed class VllmGenerator(VllmServer server, Uri address, Func<PolicyId, CancellationToken, ValueTask<ServedPolicy>> serve) : IGenerator
{
    public async Task<GenerationResult> Enqueue(GenerationRequest request)
    {
        if (!request.IsPlain)
            throw new AgentTeamsException("Top-k, top-p, min-p, repetition penalties and response formats are not supported on a remote server: the trainer "
                + "could not reproduce what they did. Sample with a temperature only.");
        var served = await serve(request.Policy, request.CancellationToken).ConfigureAwait(false);
        var choice = await server.CompleteAsync(new CompletionRequest
        {
            Model = served.Name,
            Prompt = request.PromptIds,
            MaxTokens = request.MaxTokens,
            Temperature = request.Temperature,
            Seed = request.Seed,
            StopTokenIds = request.StopIds,
            Stop = request.StopTexts.Count == 0 ? null : [.. request.StopTexts],
        }, request.CancellationToken).ConfigureAwait(false);
        var ids = choice.TokenIds
            ?? throw new AgentTeamsException($"The server at {address} returned no token ids. Use vLLM 0.10.2 or newer, which understands return_token_ids.");
        if (choice.PromptTokenIds is { } read && !read.AsSpan().SequenceEqual(request.PromptIds))
            throw new AgentTeamsException($"The server at {address} read {read.Length} prompt ids that are not the {request.PromptIds.Length} it was sent. "
                + "Serve the same model as the local one.");
        if (request.Sink is { } sink)
        {
            foreach (var id in ids) sink.TryWrite(id);
        }

        return new GenerationResult(ids, LogProbs(choice, ids), choice.FinishReason != "length", served.WeightsVersion);
    }

    private float[] LogProbs(CompletionChoice choice, int[] ids)
    {
        var given = choice.Logprobs?.TokenLogprobs ?? [];
        if (given.Length != ids.Length || given.Any(p => p is null || float.IsNaN(p.Value)))
            throw new AgentTeamsException($"The server at {address} returned {given.Length} log-probabilities for {ids.Length} tokens, or empty ones. Start "
                + "it with log-probabilities enabled (--logprobs-mode processed_logprobs).");

        // Servers round, sometimes just above 0.
        return [.. given.Select(p => Math.Min(p!.Value, 0))];
    }
}

/// <summary>A policy as a server knows it.</summary>
/// <param name="Name">The model name of requests.</param>
/// <param name="WeightsVersion">Which version of its weights that is.</param>
internal sealed record ServedPolicy(string Name, long WeightsVersion);
