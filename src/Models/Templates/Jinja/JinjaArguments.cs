namespace AgentTeams.Models;

/// <summary>The values a function is called with.</summary>
internal sealed class JinjaArguments(string function, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    public string Function => function;

    public IReadOnlyList<object?> Positional => positional;

    public IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>An argument by place or name; undefined where it is not given.</summary>
    public object? At(int index, string name) =>
        index < positional.Count ? positional[index] : named.TryGetValue(name, out var value) ? value : new JinjaUndefined(name);

    public bool Has(int index, string name) => At(index, name) is not JinjaUndefined;

    public object? Required(int index, string name) =>
        At(index, name) is var value and not JinjaUndefined ? value : throw new JinjaException($"'{function}' lacks its argument '{name}'");

    public string Text(int index, string name, string? absent = null) => At(index, name) switch
    {
        string text => text,
        JinjaUndefined when absent is not null => absent,
        var value => throw new JinjaException($"the argument '{name}' of '{function}' is {JinjaValues.TypeOf(value)}; a string is expected"),
    };

    public long Integer(int index, string name, long absent) => At(index, name) is JinjaUndefined ? absent : JinjaValues.Integer(At(index, name));

    public bool Flag(int index, string name, bool absent) => At(index, name) is JinjaUndefined ? absent : JinjaValues.IsTrue(At(index, name));

    /// <summary>Refuses arguments that would go unread.</summary>
    public JinjaArguments Only(int most, params ReadOnlySpan<string> names)
    {
        if (positional.Count > most) throw new JinjaException($"'{function}' is called with {positional.Count} arguments; it takes up to {most} here");
        foreach (var name in named.Keys)
        {
            if (!names.Contains(name)) throw new JinjaException($"the argument '{name}' of '{function}' is not supported");
        }

        return this;
    }
}
