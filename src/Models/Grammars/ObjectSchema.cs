using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>A pattern of properties.</summary>
/// <param name="Text">The regular expression.</param>
/// <param name="Names">The names that match it.</param>
/// <param name="Others">The names that do not.</param>
/// <param name="Part">The schema of the values.</param>
internal sealed record PropertyPattern(string Text, CharAutomaton Names, CharAutomaton Others, SchemaPart Part);

/// <summary>What one schema says of the properties of an object.</summary>
internal sealed class ObjectSchema
{
    public ObjectSchema(SchemaPart part, StringRules strings, SchemaReference references)
    {
        Additional = part.Under("additionalProperties");
        if (part.Under("required") is { } names)
        {
            if (names.Schema.ValueKind != JsonValueKind.Array || names.Schema.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String))
                throw references.Refuse(part.Path, "'required' is no array of names");
            Required = [.. names.Schema.EnumerateArray().Select(n => n.GetString()!)];
        }

        foreach (var (name, described) in Members(part, "properties", references))
        {
            if (!Properties.TryAdd(name, described)) throw references.Refuse(part.Path, $"'properties' describes '{name}' twice. Remove one");
        }

        foreach (var (pattern, described) in Members(part, "patternProperties", references))
        {
            var (matching, wide) =
                (strings.Matching(pattern, part.Path, "patternProperties"), strings.Matching(pattern, part.Path, "patternProperties", wide: true));
            Patterns.Add(new(pattern, matching, wide.Not(), described));
        }
    }

    public SchemaPart? Additional { get; }

    public IReadOnlyList<string> Required { get; } = [];

    public Dictionary<string, SchemaPart> Properties { get; } = new(StringComparer.Ordinal);

    public List<PropertyPattern> Patterns { get; } = [];

    /// <summary>The schemas of a property: those that name or match it, else that of others, if any.</summary>
    public IEnumerable<SchemaPart> Of(string name) => Of(Properties.TryGetValue(name, out var own) ? own : null, p => p.Names.Accepts(name));

    /// <summary>The same for a property that is not named but matches some patterns.</summary>
    public IEnumerable<SchemaPart> Of(SchemaPart? named, Func<PropertyPattern, bool> matches)
    {
        List<SchemaPart> all = [.. named is { } own ? [own] : (SchemaPart[])[], .. Patterns.Where(matches).Select(p => p.Part)];
        return all.Count > 0 || Additional is not { } other ? all : [other];
    }

    private static IEnumerable<(string Name, SchemaPart Part)> Members(SchemaPart part, string keyword, SchemaReference references)
    {
        if (part.Under(keyword) is not { } members) return [];
        return members.Schema.ValueKind == JsonValueKind.Object ? members.Members() : throw references.Refuse(part.Path, $"'{keyword}' is no object");
    }
}
