namespace AgentTeams.Models;

/// <summary>What a split makes of its matches and of the text between them.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a word.</summary>
    Isolated,

    /// <summary>Matches are words, the rest is dropped.</summary>
    MatchesOnly,

    /// <summary>A match ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the word after it.</summary>
    MergedWithNext,
}
