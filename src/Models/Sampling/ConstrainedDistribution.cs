namespace AgentTeams.Models;

/// <summary>
/// The constraints of one recorded completion, for scoring it under the distribution that was sampled: apply them to the logits of
/// a position, then take the log-softmax at the row's temperature. Safe for concurrent use; sampling goes through the same code.
/// </summary>
internal sealed class ConstrainedDistribution
{
    private readonly TrainingRow _row;
    private readonly SamplingConstraints _constraints;
    private readonly TokenGrammar? _grammar;
    private readonly GrammarState?[] _states = [];

    private ConstrainedDistribution(TrainingRow row, SamplingConstraints constraints, TokenGrammar? grammar)
    {
        (_row, _constraints, _grammar) = (row, constraints, grammar);
        if (grammar is null) return;
        _states = new GrammarState?[row.CompletionIds.Length];
        var state = grammar.Start;
        for (var t = 0; t < _states.Length; t++)
        {
            _states[t] = state;
            if (t + 1 == _states.Length) break;
            state = grammar.Advance(state, row.CompletionIds[t])
                ?? throw new AgentTeamsException($"The completion of a training row of role '{row.Role}' does not satisfy its recorded grammar at token {t}, "
                    + $"id {row.CompletionIds[t]}. Score it with the tokenizer that sampled it.");
        }
    }

    /// <summary>The constraints of a row; null when nothing but the temperature shaped its distribution.</summary>
    /// <param name="row">The row.</param>
    /// <param name="tokenizer">The tokenizer of the model that sampled it.</param>
    /// <param name="stopIds">The ids that end a sequence of that model.</param>
    /// <exception cref="AgentTeamsException">The grammar is none, or the completion does not satisfy it.</exception>
    public static ConstrainedDistribution? Of(TrainingRow row, Tokenizer tokenizer, int[] stopIds)
    {
        if (row.Constraints is not { } constraints) return null;
        return new(row, constraints, constraints.Grammar is { } text ? TokenGrammars.Get(tokenizer, stopIds, text) : null);
    }

    /// <summary>
    /// Turns the logits that a completion token was predicted from into those it was sampled from: -∞ for ids that the grammar or
    /// truncation ruled out, the others after the repetition penalty. The temperature is left to the log-softmax.
    /// </summary>
    /// <param name="logits">One for each id of the vocabulary, as the model computed them.</param>
    /// <param name="position">Which completion token, zero-based.</param>
    public void Apply(Span<float> logits, int position)
    {
        Apply(logits, _grammar, _states.Length > 0 ? _states[position] : null, _constraints.MaxTokens - position, _constraints.RepetitionPenalty,
            _row.PromptIds, _row.CompletionIds.AsSpan(0, position));
        if (_constraints.Supports.Length == 0 || _constraints.Supports[position] is not { Length: > 0 } support) return;
        var from = 0;
        foreach (var id in support)
        {
            if (id >= logits.Length)
                throw new AgentTeamsException($"Truncation kept the id {id} for token {position} of a training row of role '{_row.Role}', outside the "
                    + $"vocabulary of {logits.Length}. Score it with the model that sampled it.");
            logits[from..id].Fill(float.NegativeInfinity);
            from = id + 1;
        }

        logits[from..].Fill(float.NegativeInfinity);
    }

    /// <summary>
    /// How the constrained logits of a position depend on the model's: for each distinct id of prompt and completion so far, the
    /// derivative of its constrained logit by its own. It is 1 for all other ids; ids that were ruled out have gradient 0 already.
    /// </summary>
    /// <param name="constrained">The logits as <see cref="Apply(Span{float}, int)"/> left them.</param>
    /// <param name="position">Which completion token, zero-based.</param>
    public (int Id, float Factor)[] Derivatives(ReadOnlySpan<float> constrained, int position)
    {
        if (_constraints.RepetitionPenalty == 1) return [];
        var count = RepetitionPenalty.Occurred(constrained.Length, _row.PromptIds, _row.CompletionIds.AsSpan(0, position), out var ids);
        var derivatives = new (int, float)[count];
        for (var i = 0; i < count; i++)
            derivatives[i] = (ids[i], constrained[ids[i]] > 0 ? 1 / _constraints.RepetitionPenalty : _constraints.RepetitionPenalty);
        return derivatives;
    }

    /// <summary>What precedes temperature and truncation: the grammar, then the repetition penalty.</summary>
    public static void Apply(Span<float> logits, TokenGrammar? grammar, GrammarState? state, int remaining, float repetitionPenalty,
        ReadOnlySpan<int> promptIds, ReadOnlySpan<int> completionSoFar)
    {
        if (grammar is not null && state is not null) grammar.Mask(state, remaining, logits);
        RepetitionPenalty.Apply(logits, repetitionPenalty, promptIds, completionSoFar);
    }
}
