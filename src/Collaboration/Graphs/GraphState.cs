using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentTeams.Collaboration;

/// <summary>The state of a graph that runs: what is asked, what each node gave last, and how often it was visited.</summary>
/// <param name="Task">What the team is asked.</param>
public sealed partial record GraphState(string Task)
{
    /// <summary>The text of each node that was visited.</summary>
    public ImmutableSortedDictionary<string, string> Texts { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How often each node was visited; none is missing that was.</summary>
    public ImmutableSortedDictionary<string, int> Visits { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>A text whose names in braces are replaced: by the task, or by what a node gave last, which is empty before its first visit.</summary>
    public string Fill(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Place().Replace(text, m => m.Groups[1].Value == GraphDefinition.Task ? Task : Texts.GetValueOrDefault(m.Groups[1].Value, ""));
    }

    internal static IEnumerable<string> NamesIn(string text) => Place().Matches(text).Select(m => m.Groups[1].Value);

    internal GraphState Said(string node, string text) => this with { Texts = Texts.SetItem(node, text), Visits = Visits.SetItem(node, Visits.GetValueOrDefault(node) + 1) };

    internal bool Holds(GraphCondition condition)
    {
        var text = Texts.GetValueOrDefault(condition.Node, "").Trim();
        return condition.Test switch
        {
            GraphTest.Is => text.Equals(condition.Value.Trim(), StringComparison.OrdinalIgnoreCase),
            GraphTest.IsNot => !text.Equals(condition.Value.Trim(), StringComparison.OrdinalIgnoreCase),
            GraphTest.Contains => text.Contains(condition.Value.Trim(), StringComparison.OrdinalIgnoreCase),
            _ => Visits.GetValueOrDefault(condition.Node) >= int.Parse(condition.Value, CultureInfo.InvariantCulture),
        };
    }

    [GeneratedRegex(@"\{([\w.\- ]+)\}")]
    private static partial Regex Place();
}
