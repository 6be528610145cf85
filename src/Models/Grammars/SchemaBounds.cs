namespace AgentTeams.Models;

/// <summary>Least and greatest counts that schemas ask for together.</summary>
internal static class SchemaBounds
{
    /// <exception cref="AgentTeamsException">One schema contradicts itself, or gives no count.</exception>
    public static (int Least, int? Most) Of(IEnumerable<SchemaPart> parts, string min, string max, SchemaReference references)
    {
        var (least, most) = (0, (int?)null);
        foreach (var part in parts)
        {
            var (from, to) = (SchemaKeywords.Count(part.Schema, min, references.Name + part.Path) ?? 0,
                SchemaKeywords.Count(part.Schema, max, references.Name + part.Path));
            if (from > to) throw references.Refuse(part.Path, $"'{min}' is {from} but '{max}' is {to}. Give a maximum that is no less");
            (least, most) = (Math.Max(least, from), most is { } known && to is { } one ? Math.Min(known, one) : most ?? to);
        }

        return (least, most);
    }
}
