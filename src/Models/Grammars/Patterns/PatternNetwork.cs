namespace AgentTeams.Models;

/// <summary>The nondeterministic automaton of a regular expression (Thompson 1968).</summary>
internal sealed class PatternNetwork
{
    private const int MaxStates = 20_000;
    private readonly List<List<(CharSet? Set, int Target)>> _edges = [];

    /// <summary>Takes a text with its marks when some part of it matches, the marks included.</summary>
    public static PatternNetwork Search(PatternNode pattern)
    {
        var network = new PatternNetwork();
        var any = new PatternNode.Repeat(new PatternNode.Choice([new PatternNode.One(CharSet.All), new PatternNode.One(CharSet.Mark(CharSet.Begin)),
            new PatternNode.One(CharSet.Mark(CharSet.End))]), 0, null);
        network.Last = network.Add(new PatternNode.Sequence([any, pattern, any]), network.State());
        return network;
    }

    /// <summary>Takes one of some texts with its marks.</summary>
    public static PatternNetwork OneOf(IEnumerable<string> texts)
    {
        var network = new PatternNetwork();
        network.Last = network.Add(new PatternNode.Choice([.. texts.Select(PatternNode.Whole)]), network.State());
        return network;
    }

    /// <summary>The state that accepts; the first is 0.</summary>
    public int Last { get; private set; }

    public IReadOnlyList<(CharSet? Set, int Target)> EdgesOf(int state) => _edges[state];

    /// <summary>All sets that are read anywhere.</summary>
    public IEnumerable<CharSet> Sets => _edges.SelectMany(e => e).Select(e => e.Set).OfType<CharSet>();

    private int Add(PatternNode node, int from)
    {
        switch (node)
        {
            case PatternNode.One one:
                var read = State();
                _edges[from].Add((one.Set, read));
                return read;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts) from = Add(part, from);
                return from;
            case PatternNode.Choice choice:
                var end = State();
                foreach (var part in choice.Parts)
                {
                    var branch = State();
                    _edges[from].Add((null, branch));
                    _edges[Add(part, branch)].Add((null, end));
                }

                return end;
            default:
                return Add((PatternNode.Repeat)node, from);
        }
    }

    private int Add(PatternNode.Repeat repeat, int from)
    {
        for (var i = 0; i < repeat.Least; i++) from = Add(repeat.Part, from);
        var end = State();
        if (repeat.Most is null)
        {
            var loop = State();
            _edges[from].Add((null, loop));
            _edges[Add(repeat.Part, loop)].Add((null, loop));
            _edges[loop].Add((null, end));
            return end;
        }

        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            _edges[from].Add((null, end));
            from = Add(repeat.Part, from);
        }

        _edges[from].Add((null, end));
        return end;
    }

    private int State()
    {
        if (_edges.Count == MaxStates) throw new FormatException($"it needs more than {MaxStates} states; lower its counts");
        _edges.Add([]);
        return _edges.Count - 1;
    }
}
