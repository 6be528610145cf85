namespace AgentTeams.Models;

/// <summary>Runs a grammar over bytes. States that were met are kept, up to a limit; what they are does not depend on it.</summary>
internal sealed class GrammarAutomaton
{
    // More ways to read the same bytes are not followed: they could double with every level of an ambiguous recursion.
    private const int MaxPaths = 512;
    private const int BytesOfState = 3000;
    private readonly Grammar _grammar;
    private readonly long _memory;
    private readonly Lock _lock = new();
    private Dictionary<GrammarState, GrammarState> _known = new(SamePaths.Instance);
    private long _used;
    private GrammarState _start;

    public GrammarAutomaton(Grammar grammar, long memory)
    {
        (_grammar, _memory) = (grammar, memory);
        _start = Close([new(grammar.Start, null)]);
    }

    public GrammarState Start => Volatile.Read(ref _start);

    /// <summary>The state after one more byte; <see cref="GrammarState.Dead"/> when it is not allowed.</summary>
    public GrammarState Next(GrammarState state, byte b)
    {
        if (state.Next(b) is { } known) return known;
        var targets = new List<GrammarPath>();
        foreach (var path in state.Paths)
        {
            foreach (var edge in _grammar.Graph.EdgesOf(path.State))
            {
                if (b >= edge.Low && b <= edge.High) targets.Add(path with { State = edge.Target });
            }
        }

        var next = targets.Count == 0 ? GrammarState.Dead : Close(targets);
        state.Remember(b, next);
        return next;
    }

    /// <summary>Accounts for memory that a state keeps; when too much is kept, everything is forgotten.</summary>
    public void Charge(long bytes)
    {
        lock (_lock)
        {
            _used += bytes;
            if (_used <= _memory) return;
            _used = 0;
            _known = new(SamePaths.Instance);
            _start = new(_start.Paths, _start.IsComplete);
        }
    }

    // Follows calls, returns and empty edges until every path waits for a byte.
    private GrammarState Close(List<GrammarPath> reached)
    {
        var (graph, shortest) = (_grammar.Graph, _grammar.Shortest);
        var seen = new HashSet<GrammarPath>();
        var waiting = new List<GrammarPath>();
        var complete = false;
        for (var i = 0; i < reached.Count; i++)
        {
            var (state, stack) = reached[i];
            if (!CanEnd(state, stack) || !seen.Add(reached[i])) continue;
            var waits = false;
            foreach (var edge in graph.EdgesOf(state))
            {
                if (edge.IsRead) waits = true;
                else if (!edge.IsCall) reached.Add(new(edge.Target, stack));
                else if (CanEnd(edge.Target, stack))
                {
                    var rule = graph.RuleAt(edge.Rule);
                    var returns = rule.IsContainer || !graph.IsEnd(edge.Target);
                    reached.Add(new(rule.Start, returns ? new(edge.Target, stack, rule.IsContainer, shortest.Length(edge.Target)) : stack));
                }
            }

            if (waits) waiting.Add(reached[i]);
            if (!graph.Accepts(state)) continue;
            if (stack is null) complete = true;
            else reached.Add(new(stack.Return, stack.Below));
        }

        return waiting.Count == 0 && !complete || waiting.Count > MaxPaths ? GrammarState.Dead : Intern(new([.. waiting], complete));
    }

    private bool CanEnd(int state, GrammarFrame? stack) =>
        _grammar.Shortest.Length(state) != ShortestCompletion.Endless && (stack?.Depth ?? 0) + _grammar.Shortest.Height(state) <= Grammar.MaxDepth;

    private GrammarState Intern(GrammarState state)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(state, out var known)) return known;
            _known[state] = state;
        }

        Charge(BytesOfState);
        return state;
    }

    private sealed class SamePaths : IEqualityComparer<GrammarState>
    {
        public static SamePaths Instance { get; } = new();

        public bool Equals(GrammarState? x, GrammarState? y) =>
            x is not null && y is not null && x.IsComplete == y.IsComplete && x.Paths.AsSpan().SequenceEqual(y.Paths);

        public int GetHashCode(GrammarState state)
        {
            var hash = new HashCode();
            foreach (var path in state.Paths) hash.Add(path);
            return hash.ToHashCode();
        }
    }
}
