using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>Where a call of a run draws from: the seed keys that its request may have had.</summary>
internal static class CallAddress
{
    // As a workflow draws it: the node's name with the round of its tool calls, visit, attempt, and the places of the workflows around it.
    /// <summary>The keys of a node's calls.</summary>
    /// <param name="run">The key of the run; of another run, where the same call is looked for there.</param>
    /// <param name="node">The node.</param>
    public static IEnumerable<SeedKey> Of(SeedKey run, TrajectoryNode node)
    {
        var id = node.Id;
        var rounds = 0;
        if (id.LastIndexOf("/call-", StringComparison.Ordinal) is > 0 and var call && int.TryParse(id.AsSpan(call + 6), NumberStyles.None, CultureInfo.InvariantCulture, out rounds)) id = id[..call];
        var visit = id.LastIndexOf('#') is > 0 and var mark && int.TryParse(id.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var path = run.Path;
        for (var slash = id.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = id.IndexOf('/', slash + 1)) path = path.Length == 0 ? id[..slash] : $"{path}/{id[..slash]}";
        var key = run with { Path = path, Visit = visit, Attempt = node.Attempt };
        return Enumerable.Range(0, rounds + 1).Select(r => key with { Node = r == 0 ? node.Name : string.Create(CultureInfo.InvariantCulture, $"{node.Name}/call-{r}") });
    }
}
