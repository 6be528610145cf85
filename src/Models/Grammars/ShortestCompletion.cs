namespace AgentTeams.Models;

/// <summary>
/// The shortest way from each state to the end of its rule, in bytes, by Knuth's generalisation of Dijkstra's algorithm to
/// grammars (Knuth 1977). The way is one fixed choice per state, so what is left after some of its bytes is the way from there.
/// </summary>
internal sealed class ShortestCompletion
{
    /// <summary>The length of a state from which there is no end.</summary>
    public const int Endless = int.MaxValue;

    private const int Accept = -1;
    private readonly RuleGraph _graph;
    private readonly int[] _lengths;
    private readonly int[] _heights;
    private readonly int[] _choices;

    public ShortestCompletion(RuleGraph graph)
    {
        _graph = graph;
        (_lengths, _heights, _choices) = (new int[graph.StateCount], new int[graph.StateCount], new int[graph.StateCount]);
        Array.Fill(_lengths, Endless);
        var users = Users();
        var final = new bool[graph.StateCount];
        var queue = new PriorityQueue<int, (int Length, int State)>();
        for (var state = 0; state < graph.StateCount; state++)
        {
            if (!graph.Accepts(state)) continue;
            (_lengths[state], _choices[state]) = (0, Accept);
            queue.Enqueue(state, (0, state));
        }

        while (queue.TryDequeue(out var state, out var priority))
        {
            if (final[state] || priority.Length != _lengths[state]) continue;
            final[state] = true;
            foreach (var (user, edge) in users[state])
            {
                var length = Through(graph.EdgesOf(user)[edge], final, out var height);
                if (final[user] || length >= _lengths[user]) continue;
                (_lengths[user], _heights[user], _choices[user]) = (length, height, edge);
                queue.Enqueue(user, (length, user));
            }
        }
    }

    /// <summary>The bytes from a state to the end of its rule.</summary>
    public int Length(int state) => _lengths[state];

    /// <summary>How many levels of nesting those bytes open at once.</summary>
    public int Height(int state) => _heights[state];

    /// <summary>Appends the bytes from a state to the end of its rule.</summary>
    public void Write(int state, List<byte> into)
    {
        var returns = new Stack<int>();
        returns.Push(state);
        while (returns.TryPop(out state))
        {
            if (_choices[state] == Accept) continue;
            var edge = _graph.EdgesOf(state)[_choices[state]];
            if (edge.IsRead) into.Add(edge.Low);
            returns.Push(edge.Target);
            if (edge.IsCall) returns.Push(_graph.RuleAt(edge.Rule).Start);
        }
    }

    private int Through(RuleEdge edge, bool[] final, out int height)
    {
        height = _heights[edge.Target];
        if (!final[edge.Target]) return Endless;
        var length = _lengths[edge.Target] + (edge.IsRead ? 1 : 0);
        if (!edge.IsCall) return length;
        var rule = _graph.RuleAt(edge.Rule);
        if (!final[rule.Start]) return Endless;
        height = Math.Max(height, _heights[rule.Start] + (rule.IsContainer ? 1 : 0));
        return (int)Math.Min(Endless - 1L, (long)length + _lengths[rule.Start]);
    }

    private List<(int State, int Edge)>[] Users()
    {
        var users = new List<(int, int)>[_graph.StateCount];
        for (var state = 0; state < users.Length; state++) users[state] = [];
        for (var state = 0; state < users.Length; state++)
        {
            var edges = _graph.EdgesOf(state);
            for (var e = 0; e < edges.Count; e++)
            {
                users[edges[e].Target].Add((state, e));
                if (edges[e].IsCall) users[_graph.RuleAt(edges[e].Rule).Start].Add((state, e));
            }
        }

        return users;
    }
}
