using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>What two runs of one workflow did differently, visit by visit: two forks, two models, before and after a change.</summary>
/// <example>
/// <code>
/// foreach (VisitDifference difference in RunComparison.Of(before, after).Where(d => d.Kind != VisitDifferenceKind.Equal)) Console.WriteLine(difference);
/// </code>
/// </example>
public static class RunComparison
{
    /// <summary>Compares two runs.</summary>
    /// <param name="left">One run.</param>
    /// <param name="right">The other.</param>
    /// <returns>Each visit of either, in the order of their paths; visits that both made are those with the same path and node.</returns>
    public static IReadOnlyList<VisitDifference> Of<TState>(RunState<TState> left, RunState<TState> right)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var others = right.Visits.ToDictionary(v => (v.Path, v.Id));
        var compared = new List<VisitDifference>();
        foreach (var visit in left.Visits) compared.Add(new(visit, others.Remove((visit.Path, visit.Id), out var other) ? other : null));
        compared.AddRange(others.Values.Select(v => new VisitDifference(null, v)));
        return [.. compared.OrderBy(d => d.Path)];
    }
}

/// <summary>One visit in two runs.</summary>
public sealed record VisitDifference
{
    internal VisitDifference(RunVisit? left, RunVisit? right)
    {
        (Left, Right) = (left, right);
        Kind = left is null ? VisitDifferenceKind.OnlyRight
            : right is null ? VisitDifferenceKind.OnlyLeft
            : left.Error?.Type != right.Error?.Type || left.Error?.Message != right.Error?.Message ? VisitDifferenceKind.Error
            : !Said(left).SequenceEqual(Said(right)) ? VisitDifferenceKind.Result
            : left.Branch != right.Branch ? VisitDifferenceKind.Branch
            : VisitDifferenceKind.Equal;
    }

    /// <summary>The visit in the one run, or null.</summary>
    public RunVisit? Left { get; }

    /// <summary>The visit in the other, or null.</summary>
    public RunVisit? Right { get; }

    /// <summary>Where it stands in both.</summary>
    public VisitPath Path => (Left ?? Right)!.Path;

    /// <summary>The first thing in which they differ.</summary>
    public VisitDifferenceKind Kind { get; }

    /// <summary>The visit and what differs, in one line for people.</summary>
    public override string ToString() => $"{(Left ?? Right)!.Id}: " + Kind switch
    {
        VisitDifferenceKind.Equal => "equal",
        VisitDifferenceKind.OnlyLeft => "only in the one",
        VisitDifferenceKind.OnlyRight => "only in the other",
        VisitDifferenceKind.Error => $"{Left!.Error?.Message ?? "no error"} | {Right!.Error?.Message ?? "no error"}",
        VisitDifferenceKind.Branch => $"went to {Left!.Branch} | {Right!.Branch}",
        _ => $"{string.Join(' ', Said(Left!))} | {string.Join(' ', Said(Right!))}",
    };

    // What was answered, not when, nor by which words it was asked for.
    private static IEnumerable<string> Said(RunVisit visit) => visit.Nodes.Select(n => n.Kind == NodeKind.Role ? n.Text : n.Result is { ValueKind: not JsonValueKind.Undefined } result ? result.GetRawText() : "");
}

/// <summary>In what a visit differs between two runs.</summary>
public enum VisitDifferenceKind
{
    /// <summary>In nothing that it said or decided.</summary>
    Equal,

    /// <summary>Only the one run has it.</summary>
    OnlyLeft,

    /// <summary>Only the other run has it.</summary>
    OnlyRight,

    /// <summary>One failed, or both failed differently.</summary>
    Error,

    /// <summary>Its calls answered differently.</summary>
    Result,

    /// <summary>The run went on to another node.</summary>
    Branch,
}
