using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Schemas that must all hold: references and <c>allOf</c> are followed, alternatives are still open.</summary>
internal sealed class SchemaConjunction
{
    private readonly SortedDictionary<string, SchemaPart> _parts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SchemaPart> _alternatives = new(StringComparer.Ordinal);
    private readonly SchemaReference _references;

    private SchemaConjunction(SchemaReference references) => _references = references;

    /// <summary>The schemas that say something themselves, each for that alone.</summary>
    public IReadOnlyCollection<SchemaPart> Parts => _parts.Values;

    /// <summary>A place of the document by which errors name them.</summary>
    public string Path => _parts.Count > 0 ? _parts.Keys.First() : "";

    /// <summary>Equal for the same schemas.</summary>
    public string Key => string.Join('\n', _parts.Keys) + "\n\n" + string.Join('\n', _alternatives.Keys);

    /// <summary>Whether one of the schemas allows nothing.</summary>
    public bool IsFalse => _parts.Values.Any(p => p.IsFalse);

    /// <summary>One list of alternatives, or null when there is none; which one does not matter.</summary>
    public SchemaPart? Alternatives => _alternatives.Count == 0 ? null : _alternatives.First().Value;

    /// <summary>Whether no schema says anything, so that any value is allowed.</summary>
    public bool IsAny => _alternatives.Count == 0 && _parts.Count == 0;

    /// <exception cref="AgentTeamsException">A reference leads nowhere or back to itself, or a schema says what cannot be kept.</exception>
    public static SchemaConjunction Of(SchemaReference references, params IEnumerable<SchemaPart> parts)
    {
        var all = new SchemaConjunction(references);
        foreach (var part in parts) all.Add(part, []);
        return all;
    }

    /// <summary>The same with one of the alternatives chosen.</summary>
    public SchemaConjunction Choose(SchemaPart branch)
    {
        var chosen = new SchemaConjunction(_references);
        foreach (var (path, part) in _parts) chosen._parts.Add(path, part);
        foreach (var (path, list) in _alternatives.Skip(1)) chosen._alternatives.Add(path, list);
        chosen.Add(branch, []);
        return chosen;
    }

    // Depth-first, so that what a part was reached through is known.
    private void Add(SchemaPart part, HashSet<string> through)
    {
        if (!through.Add(part.Path)) throw _references.Refuse(part.Path, "'$ref' leads back to itself. Let it lead to a schema");
        if (part.Schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
            throw _references.Refuse(part.Path, $"a schema is {part.Schema.ValueKind}; give an object");
        if (part.Schema.ValueKind == JsonValueKind.Object) SchemaKeywords.Check(part.Schema, _references.Name + part.Path);
        if (part.IsFalse || (part.Schema.ValueKind == JsonValueKind.Object && !SchemaKeywords.IsUntyped(part.Schema))) _parts.TryAdd(part.Path, part);
        if (part.Schema.ValueKind == JsonValueKind.Object)
        {
            if (part.Says("$ref")) Add(_references.Target(part), through);
            foreach (var one in _references.List(part, "allOf")) Add(one, through);
            foreach (var keyword in (string[])["anyOf", "oneOf"])
            {
                if (part.Under(keyword) is { } list) _alternatives.TryAdd(list.Path, list);
            }
        }

        through.Remove(part.Path);
    }
}
