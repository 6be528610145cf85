using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>One value of a JSON file together with its place, so that whatever is wrong with it can be named.</summary>
internal readonly struct FileEntry(JsonElement? value, string parent, string source, int index = -1)
{
    private const int ShownCharacters = 80;

    /// <summary>Where the value stands, such as <c>model.merges[3]</c>; put together only when asked, as lists are long.</summary>
    private string Key => index < 0 ? parent : $"{parent}[{index}]";

    /// <summary>Whether the value is absent or null.</summary>
    public bool IsNull => value is null or { ValueKind: JsonValueKind.Null };

    /// <summary>The value as it stands in the file.</summary>
    public string Json => value?.GetRawText() ?? "null";

    public FileEntry this[string name] => new(
        value is { ValueKind: JsonValueKind.Object } v && v.TryGetProperty(name, out var property) ? property : null,
        Key.Length == 0 ? name : $"{Key}.{name}", source);

    public string String()
    {
        if (value is not { ValueKind: JsonValueKind.String } v) throw Refuse("a string");
        try
        {
            return v.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("a string of Unicode characters");
        }
    }

    public int Int(int limit) => value is { ValueKind: JsonValueKind.Number } v && v.TryGetInt32(out var number) && number >= 0 && number < limit
        ? number
        : throw Refuse($"an integer from 0 to {limit - 1}");

    public bool Bool(bool absent) =>
        IsNull ? absent : value is { ValueKind: JsonValueKind.True or JsonValueKind.False } v ? v.GetBoolean() : throw Refuse("true or false");

    public List<FileEntry> Items()
    {
        if (value is not { ValueKind: JsonValueKind.Array } v) throw Refuse("a list");
        var (key, from) = (Key, source);
        return [.. v.EnumerateArray().Select((item, i) => new FileEntry(item, key, from, i))];
    }

    /// <summary>The stages of a nested sequence in order; none for null.</summary>
    /// <param name="items">The key under which a sequence keeps its stages.</param>
    public List<FileEntry> Flat(string items)
    {
        if (IsNull) return [];
        if (this["type"].String() != "Sequence") return [this];
        Only("type", items);
        return [.. this[items].Items().SelectMany(i => i.Flat(items))];
    }

    public double Number() => value is { ValueKind: JsonValueKind.Number } v && v.TryGetDouble(out var number) && double.IsFinite(number)
        ? number
        : throw Refuse("a number");

    /// <summary>Two strings: a list of two, or one string with a space between them.</summary>
    public (string Left, string Right) Pair()
    {
        if (value is not { ValueKind: JsonValueKind.String })
            return value is { ValueKind: JsonValueKind.Array } v && v.GetArrayLength() == 2 && Items() is [var left, var right]
                ? (left.String(), right.String())
                : throw Refuse("two pieces");
        var pieces = String().Split(' ');
        return pieces.Length == 2 ? (pieces[0], pieces[1]) : throw Refuse("two pieces");
    }

    public JsonElement.ObjectEnumerator Properties() => value is { ValueKind: JsonValueKind.Object } v ? v.EnumerateObject() : throw Refuse("an object");

    /// <summary>Requires an object that has no keys but these, so that nothing in a file goes unread.</summary>
    public void Only(params ReadOnlySpan<string> keys)
    {
        foreach (var property in Properties())
        {
            if (!keys.Contains(property.Name)) throw this[property.Name].Refuse($"only the keys {string.Join(", ", keys.ToArray())}");
        }
    }

    public ModelFormatException Refuse(string expected)
    {
        var json = Json;
        var shown = json.Length > ShownCharacters ? json[..ShownCharacters] + "…" : json;
        return new ModelFormatException($"'{Key}' in '{source}' is {shown}; expected {expected}.");
    }
}
