using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Storage;

/// <summary>Redacts every text, number and name of a JSON value, and remembers whether anything was replaced.</summary>
internal sealed class JsonRedaction(IReadOnlyList<ITextRedactor> redactors)
{
    private const int ShortestNumber = 8;
    private const string DataStart = "data:";

    // A text that nobody takes out for itself.
    private const string Plain = "x";

    // What tells a content's kind, and what its call and its result find each other by: without them it would not read back.
    private static readonly HashSet<string> Structure = new(["$type", "callId", "mediaType"], StringComparer.Ordinal);

    /// <summary>Whether anything was replaced so far.</summary>
    public bool IsChanged { get; set; }

    public string Text(string text) => Noted(text, redactors.Aggregate(text, (t, r) => r.Redact(t)));

    /// <summary>A value of any form.</summary>
    public JsonNode? Value(JsonNode? node, string name = "") => node switch
    {
        JsonObject members when IsSecret(name) => Members(members, (value, _) => Value(value, name)),
        JsonObject members => Members(members, Value),
        JsonArray items => new JsonArray([.. items.Select(i => Value(i, name))]),
        JsonValue value => Single(value, name),
        _ => null,
    };

    /// <summary>A content of a message.</summary>
    public JsonNode? Content(JsonNode? node) => node is JsonObject members
        ? Members(members, (member, name) => Structure.Contains(name) ? member?.DeepClone()
            : name == "uri" && DataIn(member) is { } data ? Data(data) : Value(member, name))
        : Value(node);

    public JsonObject Members(JsonObject members, Func<JsonNode?, string, JsonNode?> redact)
    {
        var written = new JsonObject();
        foreach (var (name, value) in members)
        {
            var safe = Text(name);
            // Two names may become one; neither value may be lost for it.
            for (var i = 2; written.ContainsKey(safe); i++) safe = $"{Text(name)}#{i}";
            written[safe] = redact(value, name);
        }

        return written;
    }

    // Whether the name alone makes a redactor take what stands there, so that it takes all that is inside of it, too.
    private bool IsSecret(string name) => name.Length > 0 && redactors.Any(r => r.RedactMember(name, Plain) != r.Redact(Plain));

    private static string? DataIn(JsonNode? uri) =>
        uri is JsonValue value && value.TryGetValue<string>(out var text) && text.StartsWith(DataStart, StringComparison.OrdinalIgnoreCase) ? text : null;

    private JsonNode Single(JsonValue value, string name)
    {
        var kind = value.GetValueKind();
        var text = kind == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (kind != JsonValueKind.String && (kind != JsonValueKind.Number || (text.Length < ShortestNumber && name.Length == 0))) return value.DeepClone();
        var safe = redactors.Aggregate(text, (t, r) => name.Length == 0 ? r.Redact(t) : r.RedactMember(name, t));
        return safe == text ? value.DeepClone() : JsonValue.Create(Noted(text, safe));
    }

    // Only texts can be read; what an image shows stays.
    private string Data(string uri)
    {
        var at = uri.IndexOf(',', StringComparison.Ordinal);
        var header = at < 0 ? "" : uri[..at];
        if (!header.EndsWith(";base64", StringComparison.OrdinalIgnoreCase)) return Text(uri);
        if (!header.StartsWith("data:text/", StringComparison.OrdinalIgnoreCase) && !header.Contains("json", StringComparison.OrdinalIgnoreCase)) return uri;
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(uri[(at + 1)..]));
        var safe = Text(text);
        return safe == text ? uri : $"{header},{Convert.ToBase64String(Encoding.UTF8.GetBytes(safe))}";
    }

    private string Noted(string text, string safe)
    {
        IsChanged |= safe != text;
        return safe;
    }
}
