using System.Globalization;

namespace AgentTeams.Samples;

/// <summary>Two writers share a tree of drafts; a function says how close each is.</summary>
internal static class TreeSearch
{
    public static async Task RunAsync()
    {
        // Numbers whose product is 30: the closer, the better.
        var valuer = Valuer.By((_, draft, _) => new(1 / (1 + Math.Abs(30 - Product(draft)))));
        var search = TeamPatterns.TreeSearch("search", [Cast.Role("ann"), Cast.Role("bob")], valuer, new() { Drafts = 6, Width = 2, Depth = 3 });

        await Cast.ShowAsync(search, new("Numbers whose product is 30."), Cast.Play((role, asked) =>
            asked.Contains("[ann] 2 3", StringComparison.Ordinal) ? "2 3 5" : role == "ann" ? "2 3" : "7"));
    }

    private static double Product(string draft) =>
        draft.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(1.0, (p, n) => p * (double.TryParse(n, CultureInfo.InvariantCulture, out var v) && double.IsFinite(v) ? v : 0));
}
