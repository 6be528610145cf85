using System.Collections.Immutable;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AgentTeams.Collaboration;

/// <summary>A mapping that is read key by key; what is wrong with a key is told at its place, and a key that nobody asked for, too.</summary>
internal sealed class YamlPart(YamlMappingNode node, List<GraphProblem> problems)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public Mark Start => node.Start;

    /// <summary>A text that must be there; empty where it is not.</summary>
    public string Text(string key, bool mayBeEmpty = false)
    {
        if (Find(key) is not { } value)
        {
            Problem($"'{key}' is missing.");
            return "";
        }

        if (value is YamlScalarNode { Value: { } text } && (mayBeEmpty || text.Length > 0)) return text;
        Problem(value, $"'{key}' is not a text. Give one.");
        return "";
    }

    public string? OptionalText(string key) => Find(key) is null ? null : Text(key, mayBeEmpty: true);

    /// <summary>A value that is no list; null where it is one, or is not there.</summary>
    public YamlScalarNode? OptionalScalar(string key) => Find(key) as YamlScalarNode;

    public ImmutableArray<string> Texts(string key, int least = 0)
    {
        var value = Find(key);
        if (value is YamlSequenceNode list && list.Children.Count >= least && list.Children.All(c => c is YamlScalarNode { Value.Length: > 0 })) return [.. list.Children.Select(c => ((YamlScalarNode)c).Value!)];
        if (value is not null || least > 0) Problem(value ?? node, $"'{key}' is not a list of {(least > 0 ? $"at least {least} " : "")}texts.");
        return [];
    }

    public ImmutableSortedDictionary<string, string> TextsByName(string key)
    {
        var empty = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (Find(key) is not { } value) return empty;
        if (value is YamlMappingNode map && map.Children.All(c => c is { Key: YamlScalarNode { Value: not null }, Value: YamlScalarNode { Value: not null } }))
            return OfOnce(map).ToImmutableSortedDictionary(c => ((YamlScalarNode)c.Key).Value!, c => ((YamlScalarNode)c.Value).Value!, StringComparer.Ordinal);
        Problem(value, $"'{key}' is not a mapping of names to texts.");
        return empty;
    }

    public int? Number(string key, int least, int most = int.MaxValue)
    {
        if (Find(key) is not { } value) return null;
        if (value is YamlScalarNode { Value: { } text } && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        Problem(value, $"'{key}' is not a whole number of at least {least}{(most == int.MaxValue ? "" : $" and at most {most}")}.");
        return null;
    }

    public float? Decimal(string key, float least)
    {
        if (Find(key) is not { } value) return null;
        if (value is YamlScalarNode { Value: { } text } && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && float.IsFinite(number)) return number;
        Problem(value, string.Create(CultureInfo.InvariantCulture, $"'{key}' is not a number of at least {least}."));
        return null;
    }

    public bool Flag(string key)
    {
        if (Find(key) is not { } value) return false;
        if (value is YamlScalarNode { Value: "true" or "false" } flag) return flag.Value == "true";
        Problem(value, $"'{key}' is neither true nor false.");
        return false;
    }

    public TEnum Choice<TEnum>(string key)
        where TEnum : struct, Enum
    {
        var text = Text(key);
        foreach (var choice in Enum.GetValues<TEnum>()) if (GraphNames.Of(choice) == text) return choice;
        if (text.Length > 0) Problem(Find(key)!, $"'{key}' is '{text}', which there is not. Give one of {string.Join(", ", Enum.GetValues<TEnum>().Select(c => GraphNames.Of(c)))}.");
        return default;
    }

    /// <summary>The one key of several that is there; null, and a problem, where none or more are.</summary>
    public string? OneOf(params string[] keys)
    {
        string[] there = [.. keys.Where(k => Find(k) is not null)];
        if (there.Length == 1) return there[0];
        Problem(there.Length == 0 ? $"It needs one of {string.Join(", ", keys)}." : $"It has {string.Join(" and ", there)}; give one of them.");
        return null;
    }

    public YamlPart? OptionalPart(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value is YamlMappingNode map) return new(map, problems);
        Problem(value, $"'{key}' is not a mapping.");
        return null;
    }

    public IReadOnlyList<YamlPart> PartList(string key)
    {
        if (Find(key) is not { } value) return [];
        if (value is YamlSequenceNode list && list.Children.All(c => c is YamlMappingNode)) return [.. list.Children.Select(c => new YamlPart((YamlMappingNode)c, problems))];
        Problem(value, $"'{key}' is neither a name nor a list of mappings.");
        return [];
    }

    public IReadOnlyList<(string Name, YamlPart Part)> Parts(string key, bool isNeeded = true)
    {
        var value = Find(key);
        if (value is YamlMappingNode map && map.Children.All(c => c is { Key: YamlScalarNode { Value.Length: > 0 }, Value: YamlMappingNode }) && (!isNeeded || map.Children.Count > 0))
        {
            foreach (var (name, _) in map.Children)
            {
                if (Guard.NameProblem(((YamlScalarNode)name).Value!, "name") is { } problem) Problem(name, problem);
            }

            return [.. OfOnce(map).Select(c => (((YamlScalarNode)c.Key).Value!, new YamlPart((YamlMappingNode)c.Value, problems)))];
        }

        if (value is not null || isNeeded) Problem(value ?? node, $"'{key}' is not a mapping of names to mappings{(isNeeded ? " with at least one" : "")}.");
        return [];
    }

    /// <summary>Tells of keys that nobody asked for.</summary>
    public void End()
    {
        foreach (var key in node.Children.Keys.OfType<YamlScalarNode>().Where(k => !_asked.Contains(k.Value ?? ""))) Problem(key, $"There is no '{key.Value}' here. Known are: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
    }

    public void Problem(string message) => Problem(node, message);

    private void Problem(YamlNode at, string message) => problems.Add(new(at.Start.Line, at.Start.Column, message));

    // Keys of one text and several tags are several keys to YAML.
    private IEnumerable<KeyValuePair<YamlNode, YamlNode>> OfOnce(YamlMappingNode map)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var child in map.Children)
        {
            if (known.Add(((YamlScalarNode)child.Key).Value!)) yield return child;
            else Problem(child.Key, $"There are two '{child.Key}' here. Give each a name of its own.");
        }
    }

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        return node.Children.FirstOrDefault(c => c.Key is YamlScalarNode { Value: { } name } && name == key).Value;
    }
}
