namespace AgentTeams.Models;

/// <summary>
/// A grammar as a recursive transition network over bytes (Woods 1970): rules are small automata whose edges read a byte, read
/// nothing, or call a rule. With a stack of return states it is a pushdown automaton.
/// </summary>
internal sealed class RuleGraph
{
    /// <summary>The most states, which bounds the memory that a schema can ask for.</summary>
    public const int MaxStates = 250_000;

    private readonly List<List<RuleEdge>> _edges = [];
    private readonly List<bool> _accepts = [];
    private readonly List<Rule> _rules = [];

    public int StateCount => _edges.Count;

    public Rule RuleAt(int rule) => _rules[rule];

    public List<RuleEdge> EdgesOf(int state) => _edges[state];

    public bool Accepts(int state) => _accepts[state];

    /// <summary>Whether nothing can follow in the rule, so that a call that returns there need not return.</summary>
    public bool IsEnd(int state) => _accepts[state] && _edges[state].Count == 0;

    /// <summary>Adds a rule with a start and an end.</summary>
    /// <param name="container">Whether it is a JSON object or array, which counts as one level of nesting.</param>
    public int AddRule(bool container = false)
    {
        _rules.Add(new(AddState(), AddState(), container));
        _accepts[_rules[^1].End] = true;
        return _rules.Count - 1;
    }

    public int AddState()
    {
        if (_edges.Count == MaxStates)
            throw new AgentTeamsException($"A grammar needs more than {MaxStates} states. Lower the schema's lengths and counts, or leave them out.");
        _edges.Add([]);
        _accepts.Add(false);
        return _edges.Count - 1;
    }

    public void Accept(int state) => _accepts[state] = true;

    public void Read(int from, byte low, byte high, int to) => _edges[from].Add(new(low, high, RuleEdge.NoRule, to));

    public void Read(int from, char one, int to) => Read(from, (byte)one, (byte)one, to);

    public void Skip(int from, int to) => _edges[from].Add(new(1, 0, RuleEdge.NoRule, to));

    public void Call(int from, int rule, int to) => _edges[from].Add(new(1, 0, rule, to));

    /// <summary>Reads a text from one state to another.</summary>
    public void Read(int from, ReadOnlySpan<byte> text, int to)
    {
        if (text.IsEmpty)
        {
            Skip(from, to);
            return;
        }

        foreach (var b in text[..^1])
        {
            var next = AddState();
            Read(from, b, b, next);
            from = next;
        }

        Read(from, text[^1], text[^1], to);
    }
}

/// <summary>A rule.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; other states may accept too.</param>
/// <param name="IsContainer">Whether it is a JSON object or array.</param>
internal readonly record struct Rule(int Start, int End, bool IsContainer);

/// <summary>One transition: it reads a byte from low to high, calls a rule, or neither.</summary>
internal readonly record struct RuleEdge(byte Low, byte High, int Rule, int Target)
{
    public const int NoRule = -1;

    public bool IsRead => Low <= High;

    public bool IsCall => Rule != NoRule;
}
