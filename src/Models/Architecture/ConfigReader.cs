using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Models;

/// <summary>Reads typed values of a JSON object; what is not as expected is named with its file.</summary>
/// <param name="path">The file.</param>
/// <param name="node">The object.</param>
internal sealed class ConfigReader(string path, JsonObject node)
{
    public string Path => path;

    /// <exception cref="ModelFormatException">The file cannot be read, or is no JSON object.</exception>
    public static ConfigReader Load(string path, string kind)
    {
        try
        {
            return new(path, JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new JsonException("it is no object"));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"'{path}' cannot be read as a {kind}: {e.Message}", e);
        }
    }

    public int Integer(string name, int? absent = null) => Read(name, "an integer", v => v.GetValue<int>(), absent);

    public float Number(string name, float? absent = null) => (float)Read(name, "a number", v => v.GetValue<double>(), absent);

    public double Double(string name) => Read(name, "a number", v => v.GetValue<double>(), null);

    public bool Boolean(string name, bool absent = false) => Read(name, "true or false", v => v.GetValue<bool>(), absent);

    public bool Has(string name) => node[name] is not null;

    public int? OptionalInteger(string name) => Has(name) ? Integer(name) : null;

    public string Text(string name) => OptionalText(name) ?? throw Unexpected(name, "a text");

    public string? OptionalText(string name) => node[name] is null ? null : Read(name, "a text", v => new Boxed<string>(v.GetValue<string>()), null).Value;

    public bool IsText(string name) => node[name]?.GetValueKind() == JsonValueKind.String;

    public string[] Texts(string name) =>
        Read(name, "a list of texts", v => new Boxed<string[]>([.. v.AsArray().Select(t => t!.GetValue<string>())]), null).Value;

    public int[] Integers(string name) => node[name] is JsonArray { Count: > 0 } array
        ? Read(name, "an integer or a list of integers", _ => new Boxed<int[]>([.. array.Select(v => v!.GetValue<int>())]), null).Value
        : [Integer(name)];

    /// <summary>All values, in the order of the file.</summary>
    public KeyValuePair<string, int>[] Integers() => [.. node.Select(p => KeyValuePair.Create(p.Key, Integer(p.Key)))];

    /// <inheritdoc cref="Integers()"/>
    public KeyValuePair<string, double>[] Doubles() => [.. node.Select(p => KeyValuePair.Create(p.Key, Double(p.Key)))];

    public ConfigReader? Child(string name) => node[name] switch
    {
        null => null,
        JsonObject child => new ConfigReader(path, child),
        _ => throw Unexpected(name, "an object or null"),
    };

    /// <summary>Refuses a setting that is there with another value than those supported; null counts as absent.</summary>
    public void Expect(string name, params string[] supported)
    {
        if (node[name] is { } value && !supported.Contains(value.ToString()))
            throw Unexpected(name, supported.Length == 0 ? "none" : string.Join(" or ", supported.Distinct()));
    }

    /// <summary>Refuses a setting that says anything.</summary>
    public void ExpectNothing(string name, string instead)
    {
        if (!SaysNothing(node[name])) throw Unexpected(name, instead);
    }

    /// <summary>Refuses a list with another element than the one supported.</summary>
    public void ExpectAll(string name, string only)
    {
        if (node[name] is JsonArray array && array.FirstOrDefault(v => v?.ToString() != only) is { } other)
            throw new ModelFormatException($"'{name}' in '{path}' holds '{other}'; supported is '{only}'.");
    }

    /// <summary>Refuses a list that lacks an element; null counts as absent.</summary>
    public void ExpectAmong(string name, string element)
    {
        if (node[name] is { } value && !(value is JsonArray array && array.Any(v => v?.ToString() == element)))
            throw Unexpected(name, $"a list that names '{element}'");
    }

    /// <summary>Refuses settings of other names, as nobody knows what they change, unless they say nothing.</summary>
    public void ExpectKnown(params IReadOnlyCollection<string> names)
    {
        if (node.FirstOrDefault(p => !names.Contains(p.Key) && !SaysNothing(p.Value)).Key is { } unknown)
            throw Unexpected(unknown, "no such setting, which this library does not know. Remove it if it does not change what the model computes");
    }

    public bool Same(string name, string other) => JsonNode.DeepEquals(node[name], node[other]);

    private static bool SaysNothing(JsonNode? value) => value switch
    {
        null => true,
        JsonObject o => o.Count == 0,
        JsonArray a => a.Count == 0,
        _ => value.GetValueKind() == JsonValueKind.False || (value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0),
    };

    private T Read<T>(string name, string kind, Func<JsonNode, T> read, T? absent)
        where T : struct
    {
        if (node[name] is not { } value) return absent ?? throw Unexpected(name, kind);
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or NullReferenceException)
        {
            throw Unexpected(name, kind, e);
        }
    }

    private ModelFormatException Unexpected(string name, string expected, Exception? cause = null) =>
        new($"'{name}' in '{path}' is '{node[name]?.ToJsonString() ?? "missing"}'; expected {expected}.", cause);

    private readonly record struct Boxed<T>(T Value);
}
