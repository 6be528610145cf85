using System.Text;

namespace AgentTeams.Models;

/// <summary>Objects: first the properties that schemas describe, in their order, then others where schemas invite them.</summary>
internal sealed class ObjectRules(RuleGraph graph, JsonRules json, StringRules strings, SchemaReference references, Func<IEnumerable<SchemaPart>, int> ruleFor)
{
    public int RuleOf(IReadOnlyCollection<SchemaPart> parts)
    {
        var schemas = parts.Select(p => new ObjectSchema(p, strings, references)).ToList();
        var described = Described(schemas);
        var others = new OtherProperties(schemas, described.ConvertAll(d => d.Name), strings);
        if (described.Count == 0 && others.OfAnyName(schemas) is { } values) return json.Map(values.Count == 0 ? null : ruleFor(values));
        var rule = graph.AddRule(container: true);
        Write(graph.RuleAt(rule), described, others.Kinds());
        return rule;
    }

    private List<(string Name, int Value, bool Required)> Described(List<ObjectSchema> schemas)
    {
        var described = new List<(string, int, bool)>();
        var required = schemas.SelectMany(s => s.Required).ToHashSet(StringComparer.Ordinal);
        foreach (var name in schemas.SelectMany(s => s.Properties.Keys).Concat(schemas.SelectMany(s => s.Required)).Distinct())
        {
            List<SchemaPart> of = [.. schemas.SelectMany(s => s.Of(name))];
            // What must not be there is left out, unless it must be: then nothing can be read, which the value's rule says.
            if (!of.Exists(p => p.IsFalse) || required.Contains(name)) described.Add((name, ruleFor(of), required.Contains(name)));
        }

        return described;
    }

    private void Write(Rule rule, List<(string Name, int Value, bool Required)> properties, List<(CharAutomaton Names, List<SchemaPart> Values)> others)
    {
        var at = graph.AddState();
        graph.Read(rule.Start, '{', at);

        // keys[i]: a property from i on must come, the last stands for one that is not described; at: property i - 1 was the last.
        int[] keys = [.. properties.Select(_ => graph.AddState()), .. others.Count > 0 ? [graph.AddState()] : (int[])[]];
        var lastRequired = properties.FindLastIndex(p => p.Required);
        for (var i = 0; i <= properties.Count; i++)
        {
            if (i > lastRequired) graph.Read(at, '}', rule.End);
            if (i == keys.Length) break;
            if (i == 0) graph.Skip(at, keys[0]);
            else graph.Read(at, ',', keys[i]);
            if (i == properties.Count) break;
            if (!properties[i].Required && i + 1 < keys.Length) graph.Skip(keys[i], keys[i + 1]);
            var value = graph.AddState();
            graph.Read(keys[i], Encoding.UTF8.GetBytes(JsonText.Of(properties[i].Name) + ":"), value);
            at = graph.AddState();
            graph.Call(value, properties[i].Value, at);
        }

        if (others.Count > 0) WriteOthers(rule, keys[^1], others);
    }

    private void WriteOthers(Rule rule, int key, List<(CharAutomaton Names, List<SchemaPart> Values)> others)
    {
        var after = graph.AddState();
        graph.Read(after, '}', rule.End);
        graph.Read(after, ',', key);
        foreach (var (names, values) in others)
        {
            var (colon, value, name) = (graph.AddState(), graph.AddState(), graph.AddRule());
            strings.Write(graph.RuleAt(name), names);
            graph.Call(key, name, colon);
            graph.Read(colon, ':', value);
            graph.Call(value, ruleFor(values), after);
        }
    }
}
