namespace AgentTeams.Models;

/// <summary>
/// A deterministic automaton over the characters of texts (Rabin and Scott 1959). Total: from every state each character leads
/// somewhere, if only to a state from which nothing is accepted.
/// </summary>
internal sealed class CharAutomaton
{
    private const int MaxStates = 10_000;

    // Where each class of characters that are never told apart begins, in ascending order.
    private readonly int[] _classes;
    private readonly List<int[]> _next;
    private readonly List<bool> _accepts;

    private CharAutomaton(int[] classes, List<int[]> next, List<bool> accepts, int start) =>
        (_classes, _next, _accepts, Start) = (classes, next, accepts, start);

    public int Start { get; }

    /// <summary>The texts of which some part matches a regular expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="wide">Whether by any reading, rather than by all.</param>
    /// <exception cref="FormatException">The message names what is not supported.</exception>
    public static CharAutomaton Matching(string pattern, bool wide = false) => Of(PatternNetwork.Search(PatternParser.Parse(pattern, wide)));

    /// <summary>Some texts.</summary>
    public static CharAutomaton OneOf(IEnumerable<string> texts) => Of(PatternNetwork.OneOf(texts));

    /// <summary>All other texts.</summary>
    public CharAutomaton Not() => new(_classes, _next, [.. _accepts.Select(a => !a)], Start);

    /// <summary>The texts of both.</summary>
    public CharAutomaton And(CharAutomaton other)
    {
        int[] classes = [.. _classes.Union(other._classes).Order()];
        var (next, accepts, states) = (new List<int[]>(), new List<bool>(), new Dictionary<(int, int), int>());
        var queue = new Queue<(int Mine, int Theirs)>();
        StateOf((Start, other.Start));
        while (queue.TryDequeue(out var pair))
            next.Add([.. classes.Select(c => StateOf((_next[pair.Mine][ClassOf(c)], other._next[pair.Theirs][other.ClassOf(c)])))]);
        return new(classes, next, accepts, 0);

        int StateOf((int Mine, int Theirs) pair)
        {
            if (states.TryGetValue(pair, out var known)) return known;
            queue.Enqueue(pair);
            accepts.Add(_accepts[pair.Mine] && other._accepts[pair.Theirs]);
            return states[pair] = Count(states.Count);
        }
    }

    public bool Accepts(int state) => _accepts[state];

    public bool Accepts(string text)
    {
        var state = Start;
        foreach (var c in text)
        {
            if (char.IsSurrogate(c)) return false;
            state = _next[state][ClassOf(c)];
        }

        return _accepts[state];
    }

    /// <summary>Where a state leads, with the characters that lead there.</summary>
    public IEnumerable<(int Target, CharSet Set)> EdgesOf(int state) => _next[state]
        .Select((target, c) => (Target: target, Range: (_classes[c], c + 1 < _classes.Length ? _classes[c + 1] - 1 : CharSet.Begin - 1)))
        .GroupBy(e => e.Target).Select(g => (g.Key, CharSet.Of(g.Select(e => e.Range)))).Where(e => e.Item2.Ranges.Count > 0);

    // Reads the marks away: what begins after the one and accepts before the other.
    private static CharAutomaton Of(PatternNetwork network)
    {
        int[] classes = [.. network.Sets.SelectMany(s => s.Ranges).SelectMany(r => (int[])[r.Low, r.High + 1]).Concat([0, CharSet.Begin, CharSet.End])
            .Where(c => c <= CharSet.End).Distinct().Order()];
        var (next, sets, known) = (new List<int[]>(), new List<int[]>(), new Dictionary<string, int>(StringComparer.Ordinal));
        StateOf([0]);
        for (var state = 0; state < sets.Count; state++)
        {
            var from = sets[state];
            next.Add([.. classes.Select(c =>
                StateOf(from.SelectMany(s => network.EdgesOf(s)).Where(e => e.Set is not null && e.Set.Ranges.Any(r => r.Low <= c && c <= r.High))
                    .Select(e => e.Target)))]);
        }

        var (begin, end) = (Array.IndexOf(classes, CharSet.Begin), Array.IndexOf(classes, CharSet.End));
        List<bool> accepts = [.. next.Select(n => sets[n[end]].Contains(network.Last))];
        return new(classes[..begin], next.ConvertAll(n => n[..begin]), accepts, next[0][begin]);

        int StateOf(IEnumerable<int> targets)
        {
            var set = Closure(network, targets);
            var key = string.Join(',', set);
            if (known.TryGetValue(key, out var state)) return state;
            sets.Add(set);
            return known[key] = Count(known.Count);
        }
    }

    private static int[] Closure(PatternNetwork network, IEnumerable<int> states)
    {
        var reached = new SortedSet<int>(states);
        var open = new Stack<int>(reached);
        while (open.TryPop(out var state))
        {
            foreach (var (set, target) in network.EdgesOf(state))
            {
                if (set is null && reached.Add(target)) open.Push(target);
            }
        }

        return [.. reached];
    }

    private static int Count(int states) => states < MaxStates ? states : throw new FormatException($"it needs more than {MaxStates} states; simplify it");

    private int ClassOf(int c)
    {
        var at = Array.BinarySearch(_classes, c);
        return at >= 0 ? at : ~at - 1;
    }
}
