namespace AgentTeams.Workflows;

internal static class Reachability
{
    /// <summary>The nodes that can be reached, the start included.</summary>
    public static HashSet<int> From(int start, List<int>[] next)
    {
        var seen = new HashSet<int> { start };
        var open = new Stack<int>([start]);
        while (open.TryPop(out var node))
        {
            foreach (var target in next[node])
            {
                if (target >= 0 && seen.Add(target)) open.Push(target);
            }
        }

        return seen;
    }
}
