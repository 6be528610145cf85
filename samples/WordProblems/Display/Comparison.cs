using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>One line of the before/after table.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Before">The value before reinforcement learning, with its interval where it has one.</param>
/// <param name="After">The value after it.</param>
/// <param name="Gain">The difference in points, with its sign.</param>
internal sealed record ComparisonRow(string Name, string Before, string After, string Gain);

/// <summary>The before/after table, the same on the terminal and in the report.</summary>
internal static class Comparison
{
    public static IReadOnlyList<ComparisonRow> Of(MeasuredTeam before, MeasuredTeam after) =>
    [
        Rates("Team success", before.Success, after.Success),
        Rates("Single-round success", before.SingleRound, after.SingleRound),
        Shares("Verifier, balanced accuracy", before.Verifier.Balanced, after.Verifier.Balanced),
        Shares("Right values accepted", before.Verifier.AcceptedRight, after.Verifier.AcceptedRight),
        Shares("Wrong values turned down", before.Verifier.RejectedWrong, after.Verifier.RejectedWrong),
    ];

    /// <summary>A rate with its 95 % Wilson interval.</summary>
    public static string WithInterval(SuccessRate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{Percent(rate.Rate)} ({100 * rate.Interval.Low:0.0} to {100 * rate.Interval.High:0.0})");

    public static string Percent(double share) => double.IsNaN(share) ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    private static ComparisonRow Rates(string name, SuccessRate before, SuccessRate after) =>
        new(name, WithInterval(before), WithInterval(after), Points(after.Rate - before.Rate));

    private static ComparisonRow Shares(string name, double before, double after) =>
        new(name, Percent(before), Percent(after), Points(after - before));

    /// <summary>A difference in points with its sign; empty where a share is undefined because nothing of its kind happened.</summary>
    public static string Points(double difference) =>
        double.IsNaN(difference) ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * difference:+0.0;-0.0;0.0}");
}
