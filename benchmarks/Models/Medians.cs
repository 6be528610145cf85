namespace AgentTeams.Benchmarks.Models;

/// <summary>Measurements by name, and the median of each.</summary>
internal sealed class Medians
{
    private readonly SortedDictionary<string, List<double>> _values = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _values.Keys;

    public double this[string name] => _values[name].Order().ElementAt(_values[name].Count / 2);

    public void Add(string name, double value)
    {
        if (!_values.TryGetValue(name, out var values)) _values[name] = values = [];
        values.Add(value);
    }
}
