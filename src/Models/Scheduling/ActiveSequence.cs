namespace AgentTeams.Models;

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

    /// <summary>Requests with the same prompt, which go on from its end.</summary>
    public List<GenerationRequest> Followers { get; } = [];

    /// <summary>Whether the prompt is not computed yet.</summary>
    public bool IsPrefilling => _count == 0;

    /// <summary>Whether this pass appends to the sequence, and whether it then has logits.</summary>
    public bool IsComputed { get; private set; }

    public bool HasLogits { get; private set; }

    public bool IsComplete => _stopped || _failure is not null || _count == Request.MaxTokens;

    /// <summary>What the next pass appends.</summary>
    /// <param name="budget">Prompt tokens that the pass can still take; reduced by those taken.</param>
    /// <param name="chunk">The tokens.</param>
    /// <returns>Whether the pass has room for it.</returns>
    public bool TryNext(ref int budget, out SequenceChunk chunk)
    {
        chunk = new(Cache, _ids, Math.Max(0, _count - 1), 1, WantsLogits: true);
        if (IsPrefilling)
        {
            var left = Request.PromptIds.Length - Cache.Length;
            var count = Math.Min(left, budget);
            budget -= count;
            chunk = new(Cache, Request.PromptIds, Cache.Length, count, WantsLogits: count == left);
        }

        HasLogits = chunk.WantsLogits;
        return IsComputed = chunk.Count > 0 || chunk.WantsLogits;
    }

    /// <summary>
    /// Adds the draws of the next token, of all that go on from the prompt first and then of the sequence itself, unless more than
    /// the temperature shapes one of them.
    /// </summary>
    /// <param name="draws">Receives the draws.</param>
    /// <param name="row">Which of the pass's logits are the sequence's.</param>
    public void AddDraws(List<TokenDraw> draws, int row)
    {
        if (!Request.IsPlain || !Followers.TrueForAll(f => f.IsPlain)) return;
        foreach (var request in Followers) draws.Add(new(row, request.Temperature, Sampler.Uniform(request.Seed, 0)));
        draws.Add(new(row, Request.Temperature, Sampler.Uniform(Request.Seed, _count)));
    }

    public void Accept(ReadOnlySpan<float> logits)
    {
        try
        {
            var (id, logProb) = _sampler.Sample(logits, _ids.AsSpan(0, _count));
            Accept(new DrawnToken(id, logProb));
        }
        catch (AgentTeamsException e)
        {
            // A grammar that leaves nothing ends its own request, not those of others.
            _failure = e;
        }
    }

    public void Accept(DrawnToken drawn)
    {
        var id = drawn.Id;
        (_ids[_count], _logProbs[_count]) = (id, drawn.LogProb);
        _count++;
        Request.Sink?.TryWrite(id);
        _stopped = Array.IndexOf(Request.StopIds, id) >= 0 || Request.IsStopped?.Invoke(_ids.AsSpan(0, _count)) == true;
    }

    /// <summary>Ends the request, or hands it back cancelled.</summary>
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
