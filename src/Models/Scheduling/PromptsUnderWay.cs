namespace AgentTeams.Models;

/// <summary>The prompts that are being computed right now, so that no other request computes the same beginning at the same time.</summary>
/// <param name="pageSize">Positions of a page of the cache; beginnings are shared in whole pages.</param>
internal sealed class PromptsUnderWay(int pageSize)
{
    private readonly Dictionary<int[], ActiveSequence> _prompts = new(PromptComparer.Instance);
    private readonly Dictionary<int, ActiveSequence> _firstPages = [];

    /// <summary>The sequence that computes the whole prompt of a request with the same weights, or null if none does.</summary>
    public ActiveSequence? Find(GenerationRequest request, SampledWeights weights) =>
        _prompts.TryGetValue(request.PromptIds, out var same) && same.Weights == weights ? same : null;

    /// <summary>Whether one of them begins like a request's prompt for longer than is known of it; that will be known after the next passes.</summary>
    public bool ShareMore(GenerationRequest request, SampledWeights weights, int known)
    {
        if (!_firstPages.TryGetValue(FirstPageOf(request), out var other) || other.Weights != weights) return false;
        return request.PromptIds.AsSpan().CommonPrefixLength(other.Request.PromptIds) / pageSize * pageSize > known;
    }

    public void Add(ActiveSequence sequence)
    {
        _prompts.TryAdd(sequence.Request.PromptIds, sequence);
        _firstPages.TryAdd(FirstPageOf(sequence.Request), sequence);
    }

    public void Remove(ActiveSequence sequence)
    {
        if (_prompts.TryGetValue(sequence.Request.PromptIds, out var same) && same == sequence) _prompts.Remove(sequence.Request.PromptIds);
        var page = FirstPageOf(sequence.Request);
        if (_firstPages.TryGetValue(page, out var first) && first == sequence) _firstPages.Remove(page);
    }

    public void Clear()
    {
        _prompts.Clear();
        _firstPages.Clear();
    }

    private int FirstPageOf(GenerationRequest request) => PromptComparer.Hash(request.PromptIds.AsSpan(0, Math.Min(pageSize, request.PromptIds.Length)));
}
