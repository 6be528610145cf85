namespace AgentTeams.Models;

/// <summary>
/// The properties that schemas do not name. They are read where a schema describes no properties at all, where it says what others
/// must be, and where it describes them by patterns; kinds of names are told apart by which patterns they match.
/// </summary>
internal sealed class OtherProperties
{
    private const int MaxPatterns = 6;
    private readonly List<ObjectSchema> _schemas;
    private readonly List<string> _named;
    private readonly List<PropertyPattern> _patterns;
    private readonly StringRules _strings;
    private readonly bool _invited;

    /// <param name="schemas">The schemas.</param>
    /// <param name="named">The properties that are described.</param>
    /// <param name="strings">Builds automata of names.</param>
    public OtherProperties(List<ObjectSchema> schemas, List<string> named, StringRules strings)
    {
        (_schemas, _strings) = (schemas, strings);
        _named = [.. named.Union(schemas.SelectMany(s => s.Properties.Keys))];
        _patterns = [.. schemas.SelectMany(s => s.Patterns).DistinctBy(p => p.Text)];
        _invited = schemas.Exists(s => s.Additional is { IsFalse: false }) || (_named.Count == 0 && _patterns.Count == 0);
    }

    /// <summary>The schemas of all values where names do not matter, or null where they do.</summary>
    public List<SchemaPart>? OfAnyName(List<ObjectSchema> schemas)
    {
        if (_named.Count > 0 || _patterns.Count > 0) return null;
        List<SchemaPart> values = [.. schemas.Select(s => s.Additional).OfType<SchemaPart>()];
        return values.Exists(v => v.IsFalse) ? null : values;
    }

    /// <summary>Names and the schemas of their values, for each kind.</summary>
    public List<(CharAutomaton Names, List<SchemaPart> Values)> Kinds()
    {
        if (_patterns.Count > MaxPatterns)
            throw SchemaKeywords.Refuse("#", $"'patternProperties' has {_patterns.Count} patterns for one object. Give at most {MaxPatterns}");
        var kinds = new List<(CharAutomaton, List<SchemaPart>)>();
        for (var matched = 0; matched < 1 << _patterns.Count; matched++)
        {
            if (matched == 0 && !_invited) continue;
            var set = matched;
            List<SchemaPart> values = [.. _schemas.SelectMany(s => s.Of(null, p => IsMatched(set, p.Text)))];
            if (!values.Exists(v => v.IsFalse)) kinds.Add((Names(matched), values));
        }

        return kinds;
    }

    private bool IsMatched(int set, string pattern) => (set >> _patterns.FindIndex(p => p.Text == pattern) & 1) == 1;

    private CharAutomaton Names(int matched)
    {
        var names = CharAutomaton.OneOf(_named).Not();
        for (var p = 0; p < _patterns.Count; p++)
        {
            var (before, one) = (names, (matched >> p & 1) == 1 ? _patterns[p].Names : _patterns[p].Others);
            names = _strings.Try(() => before.And(one), "", "patternProperties");
        }

        return names;
    }
}
