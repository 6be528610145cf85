using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>
/// Turns JSON schemas into rules. What a rule reads always satisfies its schema; where a schema leaves a choice of form, one is
/// taken: no white space outside strings, properties in the order of the schema, others only where the schema invites them or
/// describes none, and only the types that a schema without types has keywords for.
/// </summary>
internal sealed class SchemaCompiler
{
    private readonly RuleGraph _graph;
    private readonly JsonRules _json;
    private readonly SchemaReference _references;
    private readonly StringRules _strings;
    private readonly ObjectRules _objects;

    // A document's own nesting is bounded by its parser, but not chains of references; so schemas wait here instead of on the stack.
    private readonly Queue<(int Rule, SchemaConjunction Schema)> _pending = new();
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);

    /// <param name="graph">Receives the rules.</param>
    /// <param name="json">The rules of JSON.</param>
    /// <param name="root">The schema document that references are resolved in.</param>
    /// <param name="name">Names the document in errors; "#" for the only one.</param>
    public SchemaCompiler(RuleGraph graph, JsonRules json, JsonElement root, string name)
    {
        (_graph, _json, _references) = (graph, json, new SchemaReference(root, name));
        _strings = new StringRules(graph, json, _references);
        _objects = new ObjectRules(graph, json, _strings, _references, RuleFor);
    }

    /// <summary>The rule of the whole document.</summary>
    public int Compile()
    {
        var start = RuleFor([_references.Root]);
        while (_pending.TryDequeue(out var next)) Build(_graph.RuleAt(next.Rule), next.Schema);
        return start;
    }

    /// <summary>The rule of values that satisfy all of some schemas.</summary>
    private int RuleFor(IEnumerable<SchemaPart> parts) => RuleFor(SchemaConjunction.Of(_references, parts));

    private int RuleFor(SchemaConjunction schema)
    {
        if (schema.IsAny) return _json.Any;
        if (_rules.TryGetValue(schema.Key, out var known)) return known;
        var rule = _rules[schema.Key] = _graph.AddRule();
        _pending.Enqueue((rule, schema));
        return rule;
    }

    private void Build(Rule rule, SchemaConjunction schema)
    {
        // A rule without an edge reads nothing; whoever calls it leaves that way out.
        if (schema.IsFalse) return;
        if (schema.Alternatives is { } list)
        {
            if (list.Path.EndsWith("/oneOf", StringComparison.Ordinal)) new SchemaOverlap(_references).Refuse(list);
            if (list.Schema.ValueKind != JsonValueKind.Array || list.Schema.GetArrayLength() == 0)
                throw _references.Refuse(list.Path, "there are no alternatives. Give an array of schemas");
            _json.Either(rule, [.. list.Items().Select(branch => RuleFor(schema.Choose(branch)))]);
            return;
        }

        var types = Types(schema);
        if (schema.Parts.FirstOrDefault(p => p.Says("const") || p.Says("enum")) is { Path: not null } values)
            _json.OneOf(rule, new SchemaValues(_references, _strings).Of(values, schema.Parts, types).Select(JsonText.Of));
        else
            _json.Either(rule, [.. types.Select(type => RuleOf(type, schema))]);
    }

    private List<string> Types(SchemaConjunction schema)
    {
        var named = schema.Parts.Select(p => SchemaKeywords.ExplicitTypes(p.Schema, _references.Name + p.Path)).OfType<List<string>>().ToList();
        if (named.Count == 0) named = [.. schema.Parts.Select(p => SchemaKeywords.ImpliedTypes(p.Schema)).OfType<List<string>>()];
        IEnumerable<string> types = SchemaKeywords.AllTypes;
        foreach (var list in named) types = types.Where(t => list.Contains(t) || (t == "integer" && list.Contains("number")));
        var left = types.ToList();
        if (left.Contains("number")) left.Remove("integer");
        return left;
    }

    private int RuleOf(string type, SchemaConjunction schema) => type switch
    {
        "object" => _objects.RuleOf(schema.Parts),
        "array" => ArrayRule(schema.Parts),
        "string" => _strings.RuleOf(schema.Parts),
        "number" or "integer" => NumberRule(type, schema),
        "boolean" => _json.Boolean,
        _ => _json.Null,
    };

    private int NumberRule(string type, SchemaConjunction schema)
    {
        var intervals = schema.Parts.Select(p => NumberInterval.Of(p.Schema, _references.Name + p.Path)).OfType<NumberInterval>().ToList();
        foreach (var part in schema.Parts) _strings.CheckFormat(part, type);
        if (intervals.Count == 0) return type == "number" ? _json.Number : _json.Integer;
        var interval = intervals.Aggregate((a, b) => a.And(b));
        var rule = _graph.AddRule();
        if (type == "number") new NumberRules(_graph).Decimals(_graph.RuleAt(rule), interval);
        else new NumberRules(_graph).Integers(_graph.RuleAt(rule), interval);
        return rule;
    }

    private int ArrayRule(IReadOnlyCollection<SchemaPart> parts)
    {
        var (least, most) = SchemaBounds.Of(parts, "minItems", "maxItems", _references);
        var tuples = parts.Select(p => new TupleItems(p, _references)).ToList();
        var different = tuples.Select(t => t.Described).Append(0).Max() + 1;
        // The first place where nothing may stand ends the array.
        for (var i = 0; i < different; i++)
        {
            if (tuples.Exists(t => t.At(i) is { IsFalse: true })) most = Math.Min(most ?? i, i);
        }

        if (tuples.TrueForAll(t => t.Described == 0) && tuples.TrueForAll(t => t.At(0) is null) && !(least > most)) return _json.Array(null, least, most);
        var rule = _graph.AddRule(container: true);
        if (!(least > most)) _json.Items(_graph.RuleAt(rule), i => RuleFor([.. tuples.Select(t => t.At(i)).OfType<SchemaPart>()]), different, least, most);
        return rule;
    }
}
