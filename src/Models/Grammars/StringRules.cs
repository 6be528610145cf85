namespace AgentTeams.Models;

/// <summary>Strings that satisfy lengths, regular expressions and formats. Those with an expression hold no characters beyond U+FFFF.</summary>
internal sealed class StringRules(RuleGraph graph, JsonRules json, SchemaReference references)
{
    private static readonly string[] s_numberFormats = ["int32", "int64", "float", "double", "decimal"];
    private readonly Dictionary<(string Pattern, bool Wide), CharAutomaton> _automata = [];

    public int RuleOf(IReadOnlyCollection<SchemaPart> parts)
    {
        var (least, most) = SchemaBounds.Of(parts, "minLength", "maxLength", references);
        // A rule without an edge reads nothing.
        if (least > most) return graph.AddRule();
        if (AutomatonOf(parts) is not { } automaton) return json.String(least, most);
        var rule = graph.AddRule();
        Write(graph.RuleAt(rule), automaton, least, most);
        return rule;
    }

    /// <summary>The automaton of all expressions and formats, or null where there are none.</summary>
    public CharAutomaton? AutomatonOf(IEnumerable<SchemaPart> parts)
    {
        CharAutomaton? all = null;
        foreach (var part in parts)
        {
            foreach (var (keyword, pattern) in PatternsOf(part))
            {
                var one = Matching(pattern, part.Path, keyword);
                all = all is null ? one : Try(() => all.And(one), part.Path, keyword);
            }
        }

        return all;
    }

    /// <summary>The automaton of a regular expression; wide where what must not match is asked for.</summary>
    /// <exception cref="AgentTeamsException">It is none, or not supported.</exception>
    public CharAutomaton Matching(string pattern, string path, string keyword, bool wide = false)
    {
        if (!_automata.TryGetValue((pattern, wide), out var known))
            _automata[(pattern, wide)] = known = Try(() => CharAutomaton.Matching(pattern, wide), path, keyword);
        return known;
    }

    public CharAutomaton Try(Func<CharAutomaton> build, string path, string keyword)
    {
        try
        {
            return build();
        }
        catch (FormatException e)
        {
            throw references.Refuse(path,
                $"'{keyword}' is an expression that is not supported: {e.Message}. Simplify it, or remove it and check the reply instead");
        }
    }

    /// <summary>Writes a quoted text that an automaton accepts, of so many characters.</summary>
    public void Write(Rule rule, CharAutomaton automaton, int least = 0, int? most = null)
    {
        var states = new Dictionary<(int State, int Length), int>();
        var open = new Queue<(int State, int Length)>();
        graph.Read(rule.Start, '"', StateOf(automaton.Start, 0));
        while (open.TryDequeue(out var at))
        {
            var from = states[at];
            if (at.Length >= least && automaton.Accepts(at.State)) graph.Read(from, '"', rule.End);
            if (at.Length == most) continue;
            // Beyond the least, lengths need not be told apart where there is no greatest.
            var length = most is null ? Math.Min(at.Length + 1, least) : at.Length + 1;
            foreach (var (target, set) in automaton.EdgesOf(at.State)) graph.Call(from, json.OneCharacterOf(set), StateOf(target, length));
        }

        int StateOf(int state, int length)
        {
            if (states.TryGetValue((state, length), out var known)) return known;
            open.Enqueue((state, length));
            return states[(state, length)] = graph.AddState();
        }
    }

    /// <summary>Refuses a format that is unknown or says something of another type.</summary>
    public void CheckFormat(SchemaPart part, string type)
    {
        if (SchemaKeywords.Text(part.Schema, "format", references.Name + part.Path) is not { } format || StringFormats.PatternOf(format) is not null
            || s_numberFormats.Contains(format))
        {
            return;
        }

        throw references.Refuse(part.Path, $"the 'format' {format} of a {type} is not supported; supported are "
            + $"{string.Join(", ", StringFormats.Names.Concat(s_numberFormats))}. Remove it and check the reply instead");
    }

    private IEnumerable<(string Keyword, string Pattern)> PatternsOf(SchemaPart part)
    {
        var path = references.Name + part.Path;
        if (SchemaKeywords.Text(part.Schema, "pattern", path) is { } pattern) yield return ("pattern", StringFormats.Readable(pattern));
        CheckFormat(part, "string");
        if (SchemaKeywords.Text(part.Schema, "format", path) is { } format && StringFormats.PatternOf(format) is { } form) yield return ("format", form);
        if (SchemaKeywords.Text(part.Schema, "contentEncoding", path) is not { } encoding) yield break;
        yield return encoding == "base64"
            ? ("contentEncoding", StringFormats.Base64)
            : throw references.Refuse(part.Path,
                $"the 'contentEncoding' {encoding} is not supported; supported is base64. Remove it and check the reply instead");
    }
}
