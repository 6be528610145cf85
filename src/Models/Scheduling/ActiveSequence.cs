using System.Diagnostics.CodeAnalysis;

namespace AgentTeams.Models;

/// <summary>A request that is being sampled. Its buffers are sized when it joins, so that decoding allocates nothing.</summary>
/// <param name="request">The request.</param>
/// <param name="cache">Its sequence.</param>
/// <param name="weights">What it is sampled with, held until it ends.</param>
/// <param name="draft">What is tried first; null for nothing.</param>
internal sealed class ActiveSequence(GenerationRequest request, ICachedSequence cache, SampledWeights weights, DraftUnderWay? draft)
{
    private readonly int[] _ids = new int[request.MaxTokens];
    private readonly float[] _logProbs = new float[request.MaxTokens];
    private readonly TokenSampler _sampler = new(request);
    private readonly bool _hadDraft = draft is not null;
    private DraftUnderWay? _draft = draft;
    private int _accepted;
    private int _count;
    private bool _stopped;
    private AgentTeamsException? _failure;

    public GenerationRequest Request { get; } = request;

    public ICachedSequence Cache { get; } = cache;

    public SampledWeights Weights { get; } = weights;

    /// <summary>Requests with the same prompt, which go on from its end.</summary>
    public List<GenerationRequest> Followers { get; } = [];

    /// <summary>Whether the prompt is not computed yet.</summary>
    public bool IsPrefilling => _count == 0 && _draft?.IsAsked != true;

    /// <summary>Whether this pass appends to the sequence, and how many positions then have logits.</summary>
    public bool IsComputed { get; private set; }

    public int LogitRows { get; private set; }

    /// <summary>How many tokens there are.</summary>
    public int Count => _count;

    public bool IsComplete => _stopped || _failure is not null || _count == Request.MaxTokens;

    /// <summary>Whether its next token may be drawn by temperature alone.</summary>
    [MemberNotNullWhen(false, nameof(_draft))]
    private bool HasNoDraft => _draft is null;

    /// <summary>What the next pass appends.</summary>
    /// <param name="budget">Prompt tokens that the pass can still take; reduced by those taken.</param>
    /// <param name="chunk">The tokens.</param>
    /// <returns>Whether the pass has room for it.</returns>
    public bool TryNext(ref int budget, out SequenceChunk chunk)
    {
        chunk = Next(budget);
        if (IsPrefilling || !HasNoDraft) budget -= chunk.Count;
        LogitRows = chunk.LogitRows;
        return IsComputed = chunk.Count > 0 || chunk.LogitRows > 0;
    }

    private SequenceChunk Next(int budget)
    {
        if (_draft?.IsAsked == true) return _draft.Next(budget);
        if (IsPrefilling)
        {
            var left = Request.PromptIds.Length - Cache.Length;
            var count = Math.Min(left, budget);
            return new(Cache, Request.PromptIds, Cache.Length, count, LogitRows: count == left ? 1 : 0);
        }

        if (HasNoDraft) return new(Cache, _ids, _count - 1, 1, LogitRows: 1);
        // What was taken so far is the beginning of the draft; each of its tokens shows how likely the next is.
        var judged = Math.Min(_draft.Left(_count), budget);
        return new(Cache, _draft.Ids, _count - 1, judged, LogitRows: judged);
    }

    /// <summary>
    /// Adds the draws of the next token, of all that go on from the prompt first and then of the sequence itself, unless more than
    /// the temperature shapes one of them.
    /// </summary>
    /// <param name="draws">Receives the draws.</param>
    /// <param name="row">Which of the pass's logits are the sequence's.</param>
    public void AddDraws(List<TokenDraw> draws, int row)
    {
        if (!HasNoDraft || !Request.IsPlain || !Followers.TrueForAll(f => f.IsPlain && f.Draft is null)) return;
        foreach (var request in Followers) draws.Add(new(row, request.Temperature, Sampler.Uniform(request.Seed, 0)));
        draws.Add(new(row, Request.Temperature, Sampler.Uniform(Request.Seed, _count)));
    }

    /// <summary>The logits behind the prompt are those of another sequence, which has computed it.</summary>
    public void BeginAtPromptEnd() => LogitRows = 1;

    /// <summary>Takes the next tokens from the logits of the pass, one position behind the other.</summary>
    public void Accept(Span<float> logits)
    {
        try
        {
            if (HasNoDraft) Accept(_sampler.Sample(logits, _ids.AsSpan(0, _count)));
            else if (_draft.IsAsked) EndDraft(_sampler.SampleResidual(logits, _count));
            else Judge(logits);
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
        Release();
        if (_failure is not null)
            Request.Completion.TrySetException(_failure);
        else if (Request.CancellationToken.IsCancellationRequested && !IsComplete)
            Request.Completion.TrySetCanceled(Request.CancellationToken);
        else
            Request.Completion.TrySetResult(new(_ids[.._count], _logProbs[.._count], _stopped, Weights.Version, _sampler.Constraints(_count), _hadDraft ? _accepted : null));
    }

    /// <summary>Gives memory and weights back.</summary>
    public void Release()
    {
        Cache.Dispose();
        _draft?.Dispose();
        _draft = null;
        Weights.Release();
    }

    private void Accept((int Id, float LogProb) sampled) => Accept(new DrawnToken(sampled.Id, sampled.LogProb));

    private void Judge(Span<float> logits)
    {
        var size = logits.Length / LogitRows;
        for (var row = 0; row < LogitRows && !IsComplete; row++)
        {
            if (!_sampler.TryDraft(logits.Slice(row * size, size), _ids.AsSpan(0, _count), out var logProb))
            {
                Cache.Truncate(Request.PromptIds.Length + _count);
                _draft!.Ask(_count);
                return;
            }

            Accept((_draft!.Ids[_count], logProb));
            _accepted++;
        }

        if (_draft!.Left(_count) == 0) EndDraft(null);
    }

    private void EndDraft((int Id, float LogProb)? last)
    {
        _draft!.Dispose();
        _draft = null;
        if (last is { } token) Accept(token);
    }
}
