namespace AgentTeams.Models;

/// <summary>A part of a regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    internal sealed record One(CharSet Set) : PatternNode;

    /// <summary>Parts one after the other; none for the empty text.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>One of some parts.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>A part so many times; null for any number.</summary>
    internal sealed record Repeat(PatternNode Part, int Least, int? Most) : PatternNode;

    /// <summary>A text as it stands, with the marks around it.</summary>
    public static PatternNode Whole(string text) => new Sequence(
        [new One(CharSet.Mark(CharSet.Begin)), .. text.Select(c => new One(CharSet.Of((c, c)))), new One(CharSet.Mark(CharSet.End))]);
}
