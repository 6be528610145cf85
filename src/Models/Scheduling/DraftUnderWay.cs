namespace AgentTeams.Models;

/// <summary>The draft of a request that is being tried, with the room to compute the distribution it was drawn from at the one place where that is asked for.</summary>
/// <param name="draft">The draft.</param>
/// <param name="promptIds">The prompt of both.</param>
/// <param name="weights">The weights that the draft is of.</param>
/// <param name="cache">A sequence of these weights.</param>
internal sealed class DraftUnderWay(Draft draft, int[] promptIds, SampledWeights weights, ICachedSequence cache) : IDisposable
{
    private int[] _asked = [];

    /// <summary>Whether the distribution behind the tokens that were taken is asked for.</summary>
    public bool IsAsked => _asked.Length > 0;

    /// <summary>How many tokens the next pass can judge at once.</summary>
    /// <param name="taken">How many tokens were taken.</param>
    public int Left(int taken) => draft.Ids.Length - taken;

    public int[] Ids => draft.Ids;

    /// <summary>Asks for the distribution behind some of the draft's tokens.</summary>
    public void Ask(int taken) => _asked = [.. promptIds, .. draft.Ids.AsSpan(0, taken)];

    /// <summary>What the next pass appends to come to the distribution.</summary>
    public SequenceChunk Next(int budget)
    {
        var left = _asked.Length - cache.Length;
        var count = Math.Min(left, budget);
        return new(cache, _asked, cache.Length, count, LogitRows: count == left ? 1 : 0);
    }

    /// <summary>Opens what is needed to try a request's draft.</summary>
    /// <param name="engine">Computes.</param>
    /// <param name="request">The request.</param>
    /// <param name="weights">The weights that its draft is of.</param>
    /// <returns>The draft, or null when there is no memory until others are disposed.</returns>
    public static DraftUnderWay? TryOpen(IInferenceEngine engine, GenerationRequest request, SampledWeights weights)
    {
        if (engine.TryOpen(weights, request.PromptIds, request.PromptIds.Length + request.Draft!.Ids.Length) is not { } cache) return null;
        weights.Hold();
        return new(request.Draft, request.PromptIds, weights, cache);
    }

    public void Dispose()
    {
        cache.Dispose();
        weights.Release();
    }
}
