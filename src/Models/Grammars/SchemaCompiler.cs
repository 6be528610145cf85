using System.Text;
using System.Text.Json;

namespace AgentTeams;

/// <summary>
/// Turns JSON schemas into rules. What a rule reads always satisfies its schema; where a schema leaves a choice of form, one is
/// taken: no white space outside strings, properties in the order of the schema, none that it does not name unless it names none.
/// </summary>
/// <param name="graph">Receives the rules.</param>
/// <param name="json">The rules of JSON.</param>
/// <param name="root">The schema document that references are resolved in.</param>
/// <param name="name">Names the document in errors; "#" for the only one.</param>
internal sealed class SchemaCompiler(RuleGraph graph, JsonRules json, JsonElement root, string name)
{
    // A document's own nesting is bounded by its parser, but not chains of references; so schemas wait here instead of on the stack.
    private readonly Queue<(int Rule, JsonElement Schema, string Path)> _pending = new();
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);

    /// <summary>The rule of the whole document.</summary>
    public int Compile()
    {
        var start = RuleFor(root, "");
        while (_pending.TryDequeue(out var next)) Build(next.Rule, next.Schema, next.Path);
        return start;
    }

    private AgentTeamsException Refuse(string path, string problem) => SchemaKeywords.Refuse(name + path, problem);

    private int RuleFor(JsonElement schema, string path)
    {
        (schema, path) = SchemaReference.Follow(root, schema, path, name);
        if (_rules.TryGetValue(path, out var known)) return known;
        if (schema.ValueKind == JsonValueKind.True) return _rules[path] = json.Any;
        if (schema.ValueKind == JsonValueKind.False) throw Refuse(path, "'false' allows nothing. Remove it");
        if (schema.ValueKind != JsonValueKind.Object) throw Refuse(path, $"a schema is {schema.ValueKind}; give an object");
        SchemaKeywords.Check(schema, name + path);
        var rule = _rules[path] = graph.AddRule(IsObject(schema, path));
        _pending.Enqueue((rule, schema, path));
        return rule;
    }

    // Only the rule that reads the brackets itself counts as a level of nesting.
    private bool IsObject(JsonElement schema, string path) =>
        !SchemaKeywords.IsUntyped(schema) && SchemaKeywords.TypesOf(schema, name + path) is ["object"] && HasProperties(schema) && !schema.TryGetProperty("enum", out _) && !schema.TryGetProperty("const", out _);

    private void Build(int index, JsonElement schema, string path)
    {
        var rule = graph.RuleAt(index);
        if (schema.TryGetProperty("anyOf", out var any)) json.Either(rule, Branches(any, $"{path}/anyOf"));
        else if (schema.TryGetProperty("oneOf", out var one))
        {
            SchemaReference.EnsureDisjoint(root, one, $"{path}/oneOf", name);
            json.Either(rule, Branches(one, $"{path}/oneOf"));
        }
        else if (schema.TryGetProperty("const", out var constant)) Values(rule, schema, [constant], path);
        else if (schema.TryGetProperty("enum", out var values))
            Values(rule, schema, values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : throw Refuse(path, "'enum' is no array"), path);
        else if (rule.IsContainer) Object(rule, schema, path);
        else Types(rule, schema, path);
    }

    private List<int> Branches(JsonElement branches, string path)
    {
        if (branches.ValueKind != JsonValueKind.Array || branches.GetArrayLength() == 0) throw Refuse(path, "there are no alternatives. Give an array of schemas");
        return [.. branches.EnumerateArray().Select((branch, i) => RuleFor(branch, $"{path}/{i}"))];
    }

    private void Values(Rule rule, JsonElement schema, List<JsonElement> values, string path)
    {
        if (schema.TryGetProperty("type", out _))
        {
            var types = SchemaKeywords.TypesOf(schema, name + path);
            values.RemoveAll(v => !SchemaKeywords.IsOf(v, types));
        }

        if (values.Count == 0) throw Refuse(path, "no value is allowed. Give 'enum' a value of the schema's type");
        json.OneOf(rule, values.Select(JsonText.Of));
    }

    private void Types(Rule rule, JsonElement schema, string path)
    {
        if (SchemaKeywords.IsUntyped(schema))
        {
            graph.Call(rule.Start, json.Any, rule.End);
            return;
        }

        var types = SchemaKeywords.TypesOf(schema, name + path);
        if (types.Contains("number")) types.Remove("integer");
        json.Either(rule, types.Select(type => type switch
        {
            "object" => ObjectRule(schema, path),
            "array" => ArrayRule(schema, path),
            "string" => StringRule(schema, path),
            "number" => json.Number,
            "integer" => json.Integer,
            "boolean" => json.Boolean,
            _ => json.Null,
        }));
    }

    private int StringRule(JsonElement schema, string path)
    {
        var (least, most) = Bounds(schema, "minLength", "maxLength", path);
        return json.String(least, most);
    }

    private int ArrayRule(JsonElement schema, string path)
    {
        var (least, most) = Bounds(schema, "minItems", "maxItems", path);
        return json.Array(schema.TryGetProperty("items", out var items) ? RuleFor(items, path + "/items") : null, least, most);
    }

    private (int Least, int? Most) Bounds(JsonElement schema, string min, string max, string path)
    {
        var (least, most) = (SchemaKeywords.Count(schema, min, name + path) ?? 0, SchemaKeywords.Count(schema, max, name + path));
        return least > most ? throw Refuse(path, $"'{min}' is {least} but '{max}' is {most}. Give a maximum that is no less") : (least, most);
    }

    private static bool HasProperties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().Any();

    private int ObjectRule(JsonElement schema, string path)
    {
        if (HasProperties(schema) || !schema.TryGetProperty("additionalProperties", out var more) || more.ValueKind == JsonValueKind.False)
        {
            var rule = graph.AddRule(container: true);
            Object(graph.RuleAt(rule), schema, path);
            return rule;
        }

        if (schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array && required.GetArrayLength() > 0)
            throw Refuse(path, "'required' names properties that 'properties' does not. Describe them there");
        return json.Map(more.ValueKind == JsonValueKind.True ? null : RuleFor(more, path + "/additionalProperties"));
    }

    private void Object(Rule rule, JsonElement schema, string path)
    {
        if (HasProperties(schema) && schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind != JsonValueKind.False)
            throw Refuse(path, "'additionalProperties' stands beside 'properties'. Set it to false, or remove the properties");
        var properties = Properties(schema, path);
        var at = graph.AddState();
        graph.Read(rule.Start, '{', at);

        // keys[i]: a property from i on must come; at: property i - 1 was the last.
        var keys = properties.Select(_ => graph.AddState()).ToArray();
        var lastRequired = properties.FindLastIndex(p => p.Required);
        for (var i = 0; i <= properties.Count; i++)
        {
            if (i > lastRequired) graph.Read(at, '}', rule.End);
            if (i == properties.Count) break;
            if (i == 0) graph.Skip(at, keys[0]);
            else graph.Read(at, ',', keys[i]);
            if (!properties[i].Required && i + 1 < properties.Count) graph.Skip(keys[i], keys[i + 1]);
            var value = graph.AddState();
            graph.Read(keys[i], Encoding.UTF8.GetBytes(JsonText.Of(properties[i].Name) + ":"), value);
            at = graph.AddState();
            graph.Call(value, RuleFor(properties[i].Schema, $"{path}/properties/{SchemaReference.Escape(properties[i].Name)}"), at);
        }
    }

    private List<(string Name, JsonElement Schema, bool Required)> Properties(JsonElement schema, string path)
    {
        var required = new HashSet<string>(StringComparer.Ordinal);
        if (schema.TryGetProperty("required", out var names))
        {
            if (names.ValueKind != JsonValueKind.Array || names.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String)) throw Refuse(path, "'required' is no array of names");
            required.UnionWith(names.EnumerateArray().Select(n => n.GetString()!));
        }

        var properties = new List<(string Name, JsonElement Schema, bool Required)>();
        if (schema.TryGetProperty("properties", out var described))
        {
            if (described.ValueKind != JsonValueKind.Object) throw Refuse(path, "'properties' is no object");
            properties.AddRange(described.EnumerateObject().Select(p => (p.Name, p.Value, required.Contains(p.Name))));
        }

        if (properties.GroupBy(p => p.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Refuse(path, $"'properties' describes '{twice.Key}' twice. Remove one");
        if (required.Except(properties.Select(p => p.Name)).FirstOrDefault() is { } missing)
            throw Refuse(path, $"'required' names '{missing}', which 'properties' does not describe. Describe it there");
        return properties;
    }
}
