namespace AgentTeams.Samples.Arena;

/// <summary>The comparison for people, and as data.</summary>
internal static class ArenaTable
{
    /// <summary>Writes a game's rows, and how they stand to each other where the published ones do.</summary>
    public static void Write(TextWriter output, string game, IReadOnlyList<ArenaRow> rows)
    {
        output.WriteLine();
        output.WriteLine($"{game}: solved in %, 95 % interval, seeds");
        foreach (var row in rows)
            output.WriteLine($"  {row.Text,-50} {Percent(row.Success.Rate),6}  {Percent(row.Success.Interval.Low),5} to {Percent(row.Success.Interval.High),5}   {string.Join("  ", row.Seeds.Select(s => Percent(s.Rate)))}");
        foreach (var (lower, higher, isHigher, isApart) in Order(rows))
            output.WriteLine($"  {lower.Text} < {higher.Text}: {(isApart ? "yes" : isHigher ? "yes, but the intervals overlap" : "no")}");
    }

    /// <summary>The same as data.</summary>
    public static object ToJson(string game, IReadOnlyList<ArenaRow> rows) => new
    {
        game,
        rows = rows.Select(r => new
        {
            row = r.Name, rate = Math.Round(r.Success.Rate, 4), low = Math.Round(r.Success.Interval.Low, 4), high = Math.Round(r.Success.Interval.High, 4), trials = r.Success.Trials,
            seeds = r.Seeds.Select(s => Math.Round(s.Rate, 4)),
        }),
        order = Order(rows).Select(o => new { lower = o.Lower.Name, higher = o.Higher.Name, holds = o.IsHigher, apart = o.IsApart }),
    };

    private static IEnumerable<(ArenaRow Lower, ArenaRow Higher, bool IsHigher, bool IsApart)> Order(IReadOnlyList<ArenaRow> rows) => ArenaRow.Published.Select(p =>
    {
        var (lower, higher) = (rows.Single(r => r.Name == p.Lower), rows.Single(r => r.Name == p.Higher));
        var (isHigher, isApart) = ArenaRow.Compare(lower, higher);
        return (lower, higher, isHigher, isApart);
    });

    private static string Percent(double rate) => $"{100 * rate:0.0}";
}
