namespace AgentTeams;

/// <summary>A request that is being sampled. Its buffers are sized when it joins, so that decoding allocates nothing.</summary>
internal sealed class ActiveSequence(GenerationRequest request, ICachedSequence cache, long weightsVersion)
{
    private readonly int[] _ids = new int[request.MaxTokens];
    private readonly float[] _logProbs = new float[request.MaxTokens];
    private readonly TokenSampler _sampler = new(request);
    private int _count;
    private bool _stopped;
    private AgentTeamsException? _failure;

    public GenerationRequest Request { get; } = request;

    public ICachedSequence Cache { get; } = cache;

    /// <summary>A sequence with the same prompt that is computed in the same pass, or null.</summary>
    public ActiveSequence? Source { get; set; }

    /// <summary>Where this sequence's logits are.</summary>
    public int Slot { get; set; }

    public bool IsComplete => _stopped || _failure is not null || _count == Request.MaxTokens;

    public SequenceChunk NextChunk() => _count == 0
        ? new(Cache, Request.PromptIds, 0, Request.PromptIds.Length)
        : new(Cache, _ids, _count - 1, 1);

    public void Accept(ReadOnlySpan<float> logits)
    {
        try
        {
            (_ids[_count], _logProbs[_count]) = _sampler.Sample(logits, _ids.AsSpan(0, _count));
        }
        catch (AgentTeamsException e)
        {
            // A grammar that leaves nothing ends its own request, not those of others.
            _failure = e;
            return;
        }

        var id = _ids[_count++];
        Request.Sink?.TryWrite(id);
        _stopped = Array.IndexOf(Request.StopIds, id) >= 0 || Request.IsStopped?.Invoke(_ids.AsSpan(0, _count)) == true;
    }

    public void Finish()
    {
        Cache.Dispose();
        if (_failure is not null)
            Request.Completion.TrySetException(_failure);
        else if (Request.CancellationToken.IsCancellationRequested && !IsComplete)
            Request.Completion.TrySetCanceled(Request.CancellationToken);
        else
            Request.Completion.TrySetResult(new(_ids[.._count], _logProbs[.._count], _stopped, weightsVersion, _sampler.Constraints(_count)));
    }
}
