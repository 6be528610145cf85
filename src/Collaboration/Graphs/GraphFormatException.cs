using System.Globalization;

namespace AgentTeams.Collaboration;

/// <summary>A text is no graph.</summary>
public sealed class GraphFormatException : AgentTeamsException
{
    internal GraphFormatException(IReadOnlyList<GraphProblem> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>Everything that is wrong, in the order of the text.</summary>
    public IReadOnlyList<GraphProblem> Problems { get; }
}

/// <summary>Something that is wrong with the text of a graph.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column, from 1.</param>
/// <param name="Message">What is wrong, and what to do.</param>
public sealed record GraphProblem(long Line, long Column, string Message)
{
    /// <summary>The problem in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Line {Line}, column {Column}: {Message}");
}
