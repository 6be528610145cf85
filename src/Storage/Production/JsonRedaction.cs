using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Storage;

/// <summary>Redacts every text, number and name of a JSON value, and remembers whether anything was replaced.</summary>
internal sealed class JsonRedaction(IReadOnlyList<ITextRedactor> redactors)
{
    private const int ShortestNumber = 8;

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
        ? Members(members, (member, name) => Structure.Contains(name) ? member?.DeepClone() : Value(member, name))
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

    private JsonNode Single(JsonValue value, string name)
    {
        var kind = value.GetValueKind();
        var text = kind == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (kind != JsonValueKind.String && (kind != JsonValueKind.Number || (text.Length < ShortestNumber && name.Length == 0))) return value.DeepClone();
        // What stands under a name that tells a secret goes as a whole, whatever it is.
        if (kind == JsonValueKind.String && DataTexts.IsData(text) && !IsSecret(name)) return JsonValue.Create(DataTexts.Changed(text, Text));
        var safe = redactors.Aggregate(text, (t, r) => name.Length == 0 ? r.Redact(t) : r.RedactMember(name, t));
        return safe == text ? value.DeepClone() : JsonValue.Create(Noted(text, safe));
    }

    private string Noted(string text, string safe)
    {
        IsChanged |= safe != text;
        return safe;
    }
}
