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
        var scratch = SamplingScratch.For(logits.Length);
        var constrained = scratch.Logits.AsSpan(0, logits.Length);
        logits.CopyTo(constrained);
        ConstrainedDistribution.Apply(constrained, _request.Grammar, _state, _request.MaxTokens - completionSoFar.Length, _request.RepetitionPenalty,
            _request.PromptIds, completionSoFar);
        if (_truncates) Record(_request.Truncation.Apply(constrained, 1f / _request.Temperature, scratch), completionSoFar.Length);
        var sampled = Sampler.Sample(constrained, _request.Temperature, _request.Seed, completionSoFar.Length);
        if (_state is not null) _state = _request.Grammar!.Advance(_state, sampled.Id);
        return sampled;
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

    private void Record(ReadOnlySpan<int> kept, int position)
    {
        var start = position == 0 ? 0 : _keptEnds[position - 1];
        if (_kept.Length < start + kept.Length) Array.Resize(ref _kept, Math.Max(start + kept.Length, _kept.Length * 2));
        kept.CopyTo(_kept.AsSpan(start));
        _keptEnds[position] = start + kept.Length;
    }
}
