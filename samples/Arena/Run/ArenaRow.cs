using System.Collections.Immutable;

namespace AgentTeams.Samples.Arena;

/// <summary>A row of the comparison, over all seeds of a game.</summary>
/// <param name="Name">The evaluation's name.</param>
/// <param name="Text">What it is.</param>
/// <param name="Seeds">Success for each seed.</param>
internal sealed record ArenaRow(string Name, string Text, ImmutableArray<SuccessRate> Seeds)
{
    public const string AloneAsTeam = "alone as a team";
    public const string Team = "team";
    public const string Swapped = "swapped";

    /// <summary>The rows, in the order of the published table; then what it does not have.</summary>
    public static IReadOnlyList<(string Name, string Text)> All { get; } =
    [
        (Before(GridGame.Tool), "tool alone, before training"),
        (Before(GridGame.Plan), "plan alone, before training"),
        (Alone(GridGame.Tool), "tool, trained alone"),
        (Alone(GridGame.Plan), "plan, trained alone"),
        (AloneAsTeam, "trained alone, run as a team"),
        (Team, "trained as a team"),
        (Swapped, "the same, policies swapped between the roles"),
        (Before(Team), "control: team, before training"),
        (Before(GridGame.Both), "control: one role that sees all, before training"),
        (Alone(GridGame.Both), "control: one role that sees all, trained alone"),
    ];

    /// <summary>Which rows are higher than which in the published table.</summary>
    public static IReadOnlyList<(string Lower, string Higher)> Published { get; } =
    [
        (Before(GridGame.Tool), Alone(GridGame.Tool)),
        (Before(GridGame.Plan), Alone(GridGame.Plan)),
        (Alone(GridGame.Tool), Alone(GridGame.Plan)),
        (Alone(GridGame.Plan), AloneAsTeam),
        (AloneAsTeam, Team),
        (Swapped, Alone(GridGame.Tool)),
    ];

    /// <summary>All seeds together.</summary>
    public SuccessRate Success => new(Seeds.Sum(s => s.Successes), Seeds.Sum(s => s.Trials));

    public static string Before(string role) => $"{role} before";

    public static string Alone(string role) => $"{role} alone";

    /// <summary>The rows of a game.</summary>
    /// <param name="runs">What came of each seed.</param>
    public static IReadOnlyList<ArenaRow> Of(IReadOnlyList<TrainingResult> runs) => [.. All.Select(r => new ArenaRow(r.Name, r.Text, [.. runs.Select(run => run[r.Name].Success)]))];

    /// <summary>Whether the higher row is higher, and whether their 95 % intervals are apart.</summary>
    public static (bool IsHigher, bool IsApart) Compare(ArenaRow lower, ArenaRow higher) =>
        (higher.Success.Rate > lower.Success.Rate, higher.Success.Interval.Low > lower.Success.Interval.High);
}
