using System.Text;
using System.Text.RegularExpressions;

namespace AgentTeams.Collaboration;

/// <summary>Every text by which roles and a memory understand each other, unless its options give others.</summary>
public static partial class MemoryTexts
{
    /// <summary>The facts that an answer states in lines such as <c>REMEMBER bridge.length: 40 m</c>.</summary>
    public static IEnumerable<MemoryFact> Stated(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return StatedPattern().Matches(answer).Select(m => new MemoryFact(m.Groups["key"].Value, m.Groups["text"].Value.TrimEnd()));
    }

    /// <summary>What is remembered, a line each with where it comes from; "" for nothing.</summary>
    public static string Told(IReadOnlyList<MemoryEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count == 0) return "";
        var told = new StringBuilder("From earlier work, which may have changed since:");
        foreach (var entry in entries)
        {
            told.Append("\n- ").Append((entry.Kind == MemoryKind.Fact ? $"{entry.Key}: {entry.Text}" : entry.Text).ReplaceLineEndings(" "))
                .Append(entry.Role.Length > 0 ? $" (said by {entry.Role})" : "");
        }

        return told.ToString();
    }

    [GeneratedRegex(@"^REMEMBER (?<key>[^:\s]+): (?<text>\S.*)$", RegexOptions.Multiline)]
    private static partial Regex StatedPattern();
}
