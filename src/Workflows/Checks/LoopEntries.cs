using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>Finds the loops of a graph: a back edge leads to a loop's entry, and the loop is what reaches that edge again.</summary>
internal static class LoopEntries
{
    /// <summary>The entry of the smallest loop around each node, or -1 outside of loops.</summary>
    public static ImmutableArray<int> Find(int start, List<int>[] next)
    {
        var entries = new int[next.Length];
        Array.Fill(entries, -1);
        var loops = BackEdges(start, next)
            .GroupBy(e => e.To)
            .Select(g => (Entry: g.Key, Body: Body(g.Key, g.Select(e => e.From), next)))
            .OrderByDescending(l => l.Body.Count);
        foreach (var (entry, body) in loops)
        {
            foreach (var node in body) entries[node] = entry;
        }

        return [.. entries];
    }

    private static List<(int From, int To)> BackEdges(int start, List<int>[] next)
    {
        var found = new List<(int, int)>();
        var state = new byte[next.Length];
        var path = new Stack<(int Node, int Edge)>();
        state[start] = 1;
        path.Push((start, 0));
        while (path.TryPop(out var top))
        {
            if (top.Edge == next[top.Node].Count)
            {
                state[top.Node] = 2;
                continue;
            }

            path.Push((top.Node, top.Edge + 1));
            var target = next[top.Node][top.Edge];
            if (target < 0) continue;
            if (state[target] == 1) found.Add((top.Node, target));
            if (state[target] != 0) continue;
            state[target] = 1;
            path.Push((target, 0));
        }

        return found;
    }

    private static HashSet<int> Body(int entry, IEnumerable<int> sources, List<int>[] next)
    {
        var body = new HashSet<int> { entry };
        var open = new Stack<int>(sources);
        while (open.TryPop(out var node))
        {
            if (!body.Add(node)) continue;
            for (var i = 0; i < next.Length; i++)
            {
                if (next[i].Contains(node)) open.Push(i);
            }
        }

        body.IntersectWith(Reachability.From(entry, next));
        return body;
    }
}
