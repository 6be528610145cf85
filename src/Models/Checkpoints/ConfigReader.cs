using System.Text.Json.Nodes;

namespace AgentTeams;

/// <summary>Reads typed values of a JSON object; what is not as expected is named with its file.</summary>
/// <param name="path">The file.</param>
/// <param name="node">The object.</param>
internal sealed class ConfigReader(string path, JsonObject node)
{
    public string Path => path;

    public int Integer(string name, int? absent = null) => Read(name, "an integer", v => v.GetValue<int>(), absent);

    public float Number(string name, float? absent = null) => Read(name, "a number", v => (float)v.GetValue<double>(), absent);

    public bool Boolean(string name) => Read(name, "true or false", v => v.GetValue<bool>(), false);

    public string Text(string name) => OptionalText(name) ?? throw Unexpected(name, "a text");

    public string? OptionalText(string name) => node[name] is null ? null : Read(name, "a text", v => new Boxed(v.GetValue<string>()), null).Text;

    public int[] Integers(string name) => node[name] is JsonArray { Count: > 0 } array
        ? Read<Many>(name, "an integer or a list of integers", _ => new([.. array.Select(v => v!.GetValue<int>())]), null).Values
        : [Integer(name)];

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

    /// <summary>Refuses a list with another element than the one supported.</summary>
    public void ExpectAll(string name, string only)
    {
        if (node[name] is JsonArray array && array.FirstOrDefault(v => v?.ToString() != only) is { } other)
            throw new ModelFormatException($"'{name}' in '{path}' holds '{other}'; supported is '{only}'.");
    }

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

    private readonly record struct Boxed(string Text);

    private readonly record struct Many(int[] Values);
}
