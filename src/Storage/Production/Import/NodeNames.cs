using System.Globalization;

namespace AgentTeams.Storage;

/// <summary>Ids of nodes: their name, and the number of the visit from the second on.</summary>
internal sealed class NodeNames
{
    private readonly Dictionary<string, int> _visits = new(StringComparer.Ordinal);

    public string Next(string name)
    {
        _visits[name] = _visits.GetValueOrDefault(name) + 1;
        return _visits[name] == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{_visits[name]}");
    }
}
