using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams.Mcp;

/// <summary>An address with variables: <c>{name}</c>, <c>{+name}</c> for values that may hold separators, and <c>{?a,b}</c> (RFC 6570, what servers use of it).</summary>
internal sealed partial record UriTemplateText(string Text)
{
    public IReadOnlyList<string> Variables => [.. Expressions().Matches(Text).SelectMany(m => m.Groups[2].Value.Split(',')).Distinct(StringComparer.Ordinal)];

    /// <exception cref="AgentTeamsException">It has an expression of another kind.</exception>
    public void Check()
    {
        if (Expressions().Replace(Text, "").AsSpan().ContainsAny('{', '}'))
            throw new AgentTeamsException($"The address template '{Text}' has an expression that is not known. Known are {{name}}, {{+name}} and {{?name,other}}; read the resource by its whole address.");
    }

    public string Fill(IReadOnlyDictionary<string, string> values) => Expressions().Replace(Text, m =>
    {
        var names = m.Groups[2].Value.Split(',').Where(values.ContainsKey);
        return m.Groups[1].Value switch
        {
            "?" => Query(names, values),
            "+" => string.Join(',', names.Select(n => Uri.EscapeDataString(values[n]).Replace("%2F", "/", StringComparison.Ordinal))),
            _ => string.Join(',', names.Select(n => Uri.EscapeDataString(values[n]))),
        };
    });

    private static string Query(IEnumerable<string> names, IReadOnlyDictionary<string, string> values)
    {
        var query = new StringBuilder();
        foreach (var name in names) query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(values[name]));
        return query.ToString();
    }

    [GeneratedRegex(@"\{([+?]?)([\w.]+(?:,[\w.]+)*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Expressions();
}
