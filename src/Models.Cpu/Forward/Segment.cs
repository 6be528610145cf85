namespace AgentTeams.Models;

/// <summary>Consecutive rows of a batch that belong to one sequence.</summary>
/// <param name="Pages">The address of each page of the sequence's keys and values.</param>
/// <param name="FirstPosition">The position of the first row.</param>
/// <param name="FirstRow">The first row in the batch.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Adapter">The adapter that the sequence uses, or null.</param>
internal readonly record struct Segment(nint Pages, int FirstPosition, int FirstRow, int Rows, AdapterWeights? Adapter)
{
    /// <summary>Positions after the last row.</summary>
    public int Length => FirstPosition + Rows;

    public int EndRow => FirstRow + Rows;
}
