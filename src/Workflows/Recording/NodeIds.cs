using System.Globalization;

namespace AgentTeams.Workflows;

/// <summary>
/// The ids of the records of one visit: <c>name</c>, from the second visit on <c>name#visit</c>; where the visit makes several
/// calls, <c>/call-k</c> behind it, <c>/tool-k</c> for tools inside it, and <c>/ask-k</c> for what middleware asked models.
/// </summary>
internal sealed class NodeIds(string name, int visit)
{
    private int _calls;
    private int _tools;
    private int _asides;
    private bool _areMany;

    /// <summary>The visit's own id.</summary>
    public string Visit { get; } = visit == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{visit}");

    /// <summary>How many calls were named.</summary>
    public int Calls => _calls;

    /// <summary>The node of a seed key: that of the first call, and one of its own for each later one.</summary>
    public static string SeedNode(string name, int call) => call == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}/call-{call}");

    /// <summary>The id of the next model call.</summary>
    /// <param name="moreFollow">Whether others of this visit follow it.</param>
    public string NextCall(bool moreFollow)
    {
        _areMany |= moreFollow || _calls > 0;
        var id = _areMany ? Call(_calls) : Visit;
        _calls++;
        return id;
    }

    /// <summary>The id of the next tool call.</summary>
    public string NextTool() => string.Create(CultureInfo.InvariantCulture, $"{Visit}/tool-{_tools++}");

    /// <summary>The id of the next call that middleware makes beside those of the visit.</summary>
    public string NextAside() => string.Create(CultureInfo.InvariantCulture, $"{Visit}/ask-{_asides++}");

    /// <summary>Whether an id is one of <see cref="NextAside"/>.</summary>
    public bool IsAside(string id) => id.StartsWith(Visit, StringComparison.Ordinal) && id.AsSpan(Visit.Length).StartsWith("/ask-", StringComparison.Ordinal);

    /// <summary>The number in an id of <see cref="NextTool"/>; null for any other.</summary>
    public static int? ToolNumber(string id) => id.LastIndexOf("/tool-", StringComparison.Ordinal) is >= 0 and var at
        && int.TryParse(id.AsSpan(at + 6), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The id that an only call gets when another follows after all, or null where calls were many already.</summary>
    public string? Expand()
    {
        if (_areMany) return null;
        _areMany = true;
        return Call(0);
    }

    /// <summary>Counts a call that has an id of its own.</summary>
    public void Count() => _calls++;

    private string Call(int index) => string.Create(CultureInfo.InvariantCulture, $"{Visit}/call-{index}");
}
