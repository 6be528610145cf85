namespace AgentTeams.Models;

/// <summary>
/// Samples the tokens of one request in this order: grammar, repetition penalty, temperature, top-k, top-p, min-p, one draw. The
/// log-probability is that of what was left, renormalised. At temperature 0 the likeliest id is taken, nothing is truncated, and
/// the log-probability is that of temperature 1.
/// </summary>
internal sealed class TokenSampler
{
    private readonly GenerationRequest _request;
    private readonly bool _isPlain;
    private readonly bool _truncates;
    private GrammarState? _state;
    private int[] _kept = [];
    private int[] _keptEnds = [];
    private float[] _left = [];
    private long? _acceptance;

    public TokenSampler(GenerationRequest request)
    {
        (_request, _state) = (request, request.Grammar?.Start);
        _truncates = request.Truncates;
        _isPlain = request.IsPlain;
        if (_truncates) _keptEnds = new int[request.MaxTokens];
    }

    /// <summary>Samples the next token.</summary>
    /// <param name="logits">The model's logits; left as they are.</param>
    /// <param name="completionSoFar">What was sampled before.</param>
    public (int Id, float LogProb) Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> completionSoFar)
    {
        if (_isPlain) return Sampler.Sample(logits, _request.Temperature, _request.Seed, completionSoFar.Length);
        var sampled = Sampler.Sample(Constrain(logits, completionSoFar), _request.Temperature, _request.Seed, completionSoFar.Length);
        Advance(sampled.Id);
        return sampled;
    }

    /// <summary>Takes the next token of the draft, or leaves it.</summary>
    /// <param name="logits">The model's logits; left as they are.</param>
    /// <param name="completionSoFar">What was taken before.</param>
    /// <param name="logProb">The token's log-probability if it is taken.</param>
    /// <returns>Whether it is taken; if not, <see cref="SampleResidual"/> has the last word.</returns>
    public bool TryDraft(ReadOnlySpan<float> logits, ReadOnlySpan<int> completionSoFar, out float logProb)
    {
        var (draft, at, temperature) = (_request.Draft!, completionSoFar.Length, _request.Temperature);
        var constrained = _isPlain ? logits : Constrain(logits, completionSoFar);
        var id = draft.Ids[at];
        if (temperature > 0) logProb = LogSoftmax.Of(constrained, id, 1f / temperature);
        else logProb = Sampler.Sample(constrained, 0, 0, 0) is var best && best.Id == id ? best.LogProb : float.NegativeInfinity;
        var p = temperature > 0 || float.IsNegativeInfinity(logProb) ? Math.Exp(logProb) : 1;
        if (SpeculativeDraw.Accepts(Sampler.Uniform(_acceptance ??= new SeedKey(_request.Seed, "speculative").ToSeed(), at), p, Math.Exp(draft.LogProbs[at])))
        {
            Advance(id);
            return true;
        }

        _left = constrained.ToArray();
        return false;
    }

    /// <summary>Draws the token in the place of the one of the draft that was not taken.</summary>
    /// <param name="draftLogits">The logits of the weights that the draft is of, at its place; changed.</param>
    /// <param name="position">Its place.</param>
    public (int Id, float LogProb) SampleResidual(Span<float> draftLogits, int position)
    {
        var (draft, temperature) = (_request.Draft!, _request.Temperature);
        draft.Constraints?.Apply(draftLogits, position);
        var (p, q) = (new double[draftLogits.Length], new double[draftLogits.Length]);
        SpeculativeDraw.Fill(_left, temperature, p);
        SpeculativeDraw.Fill(draftLogits, draft.Temperature, q);
        var id = SpeculativeDraw.Residual(p, q, Sampler.Uniform(_request.Seed, position));
        var logProb = LogSoftmax.Of(_left, id, temperature > 0 ? 1f / temperature : 1f);
        _left = [];
        Advance(id);
        return (id, logProb);
    }

    /// <summary>What narrowed the distribution of the tokens sampled so far; null for nothing.</summary>
    public SamplingConstraints? Constraints(int count)
    {
        if (_isPlain) return null;
        var supports = new int[_truncates ? count : 0][];
        for (var t = 0; t < supports.Length; t++) supports[t] = _kept[(t == 0 ? 0 : _keptEnds[t - 1]).._keptEnds[t]];
        return new()
        {
            RepetitionPenalty = _request.RepetitionPenalty,
            Grammar = _request.Grammar?.Text,
            MaxTokens = _request.Grammar is null ? 0 : _request.MaxTokens,
            Supports = supports.All(s => s.Length == 0) ? [] : supports,
        };
    }

    private Span<float> Constrain(ReadOnlySpan<float> logits, ReadOnlySpan<int> completionSoFar)
    {
        var scratch = SamplingScratch.For(logits.Length);
        var constrained = scratch.Logits.AsSpan(0, logits.Length);
        logits.CopyTo(constrained);
        ConstrainedDistribution.Apply(constrained, _request.Grammar, _state, _request.MaxTokens - completionSoFar.Length, _request.RepetitionPenalty,
            _request.PromptIds, completionSoFar);
        if (_truncates) Record(_request.Truncation.Apply(constrained, 1f / _request.Temperature, scratch), completionSoFar.Length);
        return constrained;
    }

    private void Advance(int id)
    {
        if (_state is not null) _state = _request.Grammar!.Advance(_state, id);
    }

    private void Record(ReadOnlySpan<int> kept, int position)
    {
        var start = position == 0 ? 0 : _keptEnds[position - 1];
        if (_kept.Length < start + kept.Length) Array.Resize(ref _kept, Math.Max(start + kept.Length, _kept.Length * 2));
        kept.CopyTo(_kept.AsSpan(start));
        _keptEnds[position] = start + kept.Length;
    }
}
