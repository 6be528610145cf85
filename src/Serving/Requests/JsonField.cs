using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Serving;

/// <summary>A value of a request's body that knows where it stands, so that whatever is wrong with it can be named.</summary>
/// <param name="Path">Where it stands, for example <c>messages[0].content</c>; empty for the body.</param>
/// <param name="Value">The value; never null.</param>
internal sealed record JsonField(string Path, JsonElement Value)
{
    private const int LongestQuote = 60;

    /// <summary>A member, or null where it is missing or null.</summary>
    public JsonField? this[string name] =>
        Value.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? new(PathOf(name), member) : null;

    /// <summary>The members that are not null.</summary>
    public IEnumerable<(string Name, JsonField Field)> Members =>
        from member in AsObject().Value.EnumerateObject()
        where member.Value.ValueKind != JsonValueKind.Null
        select (member.Name, new JsonField(PathOf(member.Name), member.Value));

    public JsonField Required(string name) => this[name] ?? throw RequestException.BadField(PathOf(name), $"'{PathOf(name)}' is missing. Give it.");

    public JsonField AsObject() => Value.ValueKind == JsonValueKind.Object ? this : throw Wrong("an object");

    public IReadOnlyList<JsonField> Items() => Value.ValueKind == JsonValueKind.Array
        ? [.. Value.EnumerateArray().Select((item, i) => new JsonField($"{Path}[{i}]", item))]
        : throw Wrong("an array");

    public string Text(string instead = "a text") => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong(instead);

    public bool Flag() => Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Wrong("true or false");

    public float Number(double least, double most, bool isLeastOpen = false)
    {
        var range = string.Create(CultureInfo.InvariantCulture, $"a number {(isLeastOpen ? "above" : "from")} {least} to {most}");
        if (Value.ValueKind != JsonValueKind.Number) throw Wrong(range);
        var number = Value.GetDouble();
        return number < least || number > most || (isLeastOpen && number == least) ? throw Wrong(range) : (float)number;
    }

    public int Whole(int least, int most = int.MaxValue) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Wrong(most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}");

    public long Long() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out var number) ? number : throw Wrong("a whole number of 64 bits");

    /// <summary>Refuses members besides those that are named.</summary>
    public JsonField Only(params ReadOnlySpan<string> names)
    {
        foreach (var (name, field) in Members)
        {
            if (!names.Contains(name)) throw RequestException.Unsupported(field.Path, $"{PathOr("the request")} may hold {string.Join(", ", names!)}.");
        }

        return this;
    }

    public RequestException Wrong(string instead)
    {
        var text = Value.GetRawText();
        return RequestException.BadField(Path,
            $"{PathOr("The body")} is {(text.Length > LongestQuote ? text[..LongestQuote] + "…" : text)}. Give {instead}.");
    }

    private string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private string PathOr(string whole) => Path.Length == 0 ? whole : $"'{Path}'";
}
