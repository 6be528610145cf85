namespace AgentTeams.Models;

/// <summary>All that makes up a byte-level BPE tokenizer.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The pieces in the byte alphabet, with their ids.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>The merges, the one learnt first first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>The tokens that are matched as a whole.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    /// <summary>What happens before merging.</summary>
    public required TokenizerStages Stages { get; init; }

    /// <summary>Whether a word that is in the vocabulary is never merged from its bytes.</summary>
    public bool IgnoreMerges { get; init; }
}
