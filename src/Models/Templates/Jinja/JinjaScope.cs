namespace AgentTeams.Models;

/// <summary>Variables; what is set in an inner scope is gone behind it.</summary>
internal sealed class JinjaScope(JinjaScope? outer)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public object? this[string name]
    {
        get => _values.TryGetValue(name, out var value) ? value : outer is null ? new JinjaUndefined(name) : outer[name];
        set => _values[name] = value;
    }
}
