namespace AgentTeams.Models;

/// <summary>All that makes up a tokenizer: byte-level BPE, BPE over characters, or a unigram model.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The pieces with their ids; where the stages are byte-level, in the byte alphabet.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>The merges, the one learnt first first; none in a unigram model.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>The tokens that are matched as a whole.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    /// <summary>What happens before and after.</summary>
    public required TokenizerStages Stages { get; init; }

    /// <summary>Whether a word that is in the vocabulary is never merged from its parts.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The score of each id of a unigram model; null for BPE.</summary>
    public IReadOnlyList<double>? Scores { get; init; }

    /// <summary>The id of what is unknown, or null; byte-level BPE knows everything.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether unknown characters in a row are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether an unknown character becomes the pieces of its bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>The pieces that text can become; control tokens have pieces too, but only what looks for them may find them.</summary>
    public Dictionary<string, int> TextPieces()
    {
        var control = Added.Where(a => a.Control).Select(a => a.Id).ToHashSet();
        return new(Vocabulary.Where(p => !control.Contains(p.Value)), StringComparer.Ordinal);
    }

    public IWordEncoder CreateEncoder() =>
        Stages.IsByteLevel ? new ByteLevelEncoder(this) : Scores is null ? new CharacterEncoder(this) : new UnigramEncoder(this);
}
