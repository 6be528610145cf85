namespace AgentTeams.Models;

/// <summary>
/// What narrowed the distribution that a completion was sampled from, besides the temperature. Recorded with a
/// <see cref="TokenTrace"/> and carried by a <see cref="TrainingRow"/>, so that training scores a token under the distribution
/// that was sampled. Two are equal when their contents are.
/// </summary>
public sealed record SamplingConstraints
{
    private readonly float _repetitionPenalty = 1;
    private readonly int _maxTokens;
    private readonly int[][] _supports = [];

    /// <summary>
    /// The repetition penalty of Keskar et al. 2019 (CTRL, section 4.1): the logit of each id that the prompt or the completion so
    /// far holds is divided by it when positive, multiplied by it otherwise. Above 0 and finite; 1, the default, is none.
    /// </summary>
    /// <exception cref="AgentTeamsException">The value is not above 0 and finite.</exception>
    public float RepetitionPenalty
    {
        get => _repetitionPenalty;
        init
        {
            Guard.Require(value > 0 && float.IsFinite(value), $"The repetition penalty is {value}. Give a finite value above 0; 1 is none.");
            _repetitionPenalty = value;
        }
    }

    /// <summary>The canonical text of the grammar that the completion had to satisfy, JSON itself; null for none.</summary>
    public string? Grammar { get; init; }

    /// <summary>
    /// The most tokens the completion could have had, end of sequence included. A grammar that runs short of tokens leads to the
    /// end, so what it allowed depends on this. 0, the default, without a grammar.
    /// </summary>
    /// <exception cref="AgentTeamsException">The value is negative.</exception>
    public int MaxTokens
    {
        get => _maxTokens;
        init
        {
            Guard.Require(value >= 0, $"The token limit of sampling constraints is {value}. Give 0 or more.");
            _maxTokens = value;
        }
    }

    /// <summary>
    /// For each completion token the ids that truncation (top-k, top-p, min-p) kept, ascending; an empty array for a token where
    /// it dropped none. Empty, the default, when nothing was truncated.
    /// </summary>
    /// <exception cref="AgentTeamsException">The ids of a token are not ascending from 0 on.</exception>
    public int[][] Supports
    {
        get => _supports;
        init
        {
            for (var t = 0; t < value.Length; t++)
            {
                var before = -1;
                foreach (var id in value[t])
                {
                    Guard.Require(id > before,
                        $"The ids that truncation kept for token {t} are not ascending: {id} follows {before}. Sort them; ids start at 0.");
                    before = id;
                }
            }

            _supports = value;
        }
    }

    /// <summary>Whether both constrain alike.</summary>
    public bool Equals(SamplingConstraints? other)
    {
        if (other is null || RepetitionPenalty != other.RepetitionPenalty || Grammar != other.Grammar || MaxTokens != other.MaxTokens
            || Supports.Length != other.Supports.Length)
        {
            return false;
        }

        for (var t = 0; t < Supports.Length; t++)
        {
            if (!Supports[t].AsSpan().SequenceEqual(other.Supports[t])) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RepetitionPenalty, Grammar, MaxTokens, Supports.Length);

    /// <summary>Checks that the constraints belong to a completion.</summary>
    internal void EnsureFit(int[] completion, string what)
    {
        if (completion.Length == 0) return;
        Guard.Require(Supports.Length == 0 || Supports.Length == completion.Length,
            $"The sampling constraints of {what} hold {Supports.Length} supports for {completion.Length} completion ids. Record one for each, or none.");
        Guard.Require(Grammar is null || MaxTokens >= completion.Length,
            $"The grammar of {what} was limited to {MaxTokens} tokens, but the completion has {completion.Length}. Record the limit that sampling had.");
        for (var t = 0; t < Supports.Length; t++)
        {
            Guard.Require(Supports[t].Length == 0 || Array.BinarySearch(Supports[t], completion[t]) >= 0,
                $"The completion of {what} has the id {completion[t]} at token {t}, which is not among the ids that truncation kept there.");
        }
    }

    /// <summary>What of <see cref="EnsureFit"/> can be asked at every reading.</summary>
    internal bool HaveCountsOf(int[] completion) =>
        completion.Length == 0 || ((Supports.Length == 0 || Supports.Length == completion.Length) && (Grammar is null || MaxTokens >= completion.Length));
}
