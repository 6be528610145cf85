using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Collaboration;

/// <summary>
/// The tree that the messages of a search are: a draft's purpose is its path, "2.1" for the first that goes on from the second first draft; its value is the verdict of the same purpose. Everything is a pure function of the messages.
/// </summary>
internal sealed class DraftTree(int expanders, TreeSearchOptions options)
{
    private const string Root = "";

    /// <summary>The place of the next draft.</summary>
    internal sealed record Place(string Path, int Expander);

    /// <summary>How many drafts were valued: each is a round.</summary>
    public static int Values(Conversation state) => state.Messages.Count(m => m.Kind == MessageKinds.Verdict);

    public static string Parent(string path) => path.LastIndexOf('.') is >= 0 and var at ? path[..at] : Root;

    /// <summary>A draft, those that it goes on from, and their values, oldest first; none for the root.</summary>
    public static ImmutableArray<TeamMessage> Branch(ImmutableArray<TeamMessage> messages, string path) => [.. messages.Where(m => path == m.Purpose || path.StartsWith(m.Purpose + ".", StringComparison.Ordinal))];

    /// <summary>The draft of the highest value, the earliest of equals.</summary>
    public static TeamMessage Best(ImmutableArray<TeamMessage> messages)
    {
        var values = ValuesOf(messages);
        return Delivered.OrAll(messages.Where(m => m.Kind == MessageKinds.Proposal)).MaxBy(m => values.GetValueOrDefault(m.Purpose, -1))!;
    }

    public bool IsFound(ImmutableArray<TeamMessage> messages)
    {
        var withheld = Withheld(messages);
        return ValuesOf(messages).Any(v => v.Value >= options.Target && !withheld.Contains(v.Key));
    }

    /// <summary>Where the next draft goes on, and who writes it; null where the tree is full.</summary>
    public Place? Next(ImmutableArray<TeamMessage> messages)
    {
        var values = ValuesOf(messages);
        var children = values.Keys.ToLookup(Parent, StringComparer.Ordinal);
        return Descend(Root, 0);

        Place? Descend(string at, int depth)
        {
            var below = children[at].OrderBy(Number).ToList();
            if (depth == options.Depth) return null;
            // A draft is gone on from as often as it may be before what follows it is.
            if (below.Count < options.Width) return new((at.Length == 0 ? "" : at + ".") + (below.Count + 1).ToString(CultureInfo.InvariantCulture), values.Count % expanders);
            var visits = (double)values.Keys.Count(p => IsBelow(p, at));
            return below.OrderByDescending(child => Bound(child, visits)).Select(child => Descend(child, depth + 1)).FirstOrDefault(place => place is not null);
        }

        double Bound(string child, double visits)
        {
            double[] found = [.. values.Where(v => v.Key == child || IsBelow(v.Key, child)).Select(v => v.Value)];
            return found.Average() + (options.Exploration * Math.Sqrt(Math.Log(visits) / found.Length));
        }
    }

    private static bool IsBelow(string path, string of) => of.Length == 0 || path.StartsWith(of + ".", StringComparison.Ordinal);

    private static int Number(string path) => int.Parse(path[(path.LastIndexOf('.') + 1)..], CultureInfo.InvariantCulture);

    private static HashSet<string> Withheld(ImmutableArray<TeamMessage> messages) => messages.Where(m => m is { Kind: MessageKinds.Proposal, IsWithheld: true }).Select(m => m.Purpose).ToHashSet(StringComparer.Ordinal);

    // A withheld draft is worth nothing, and so is one whose value is withheld.
    private static SortedDictionary<string, double> ValuesOf(ImmutableArray<TeamMessage> messages)
    {
        var withheld = Withheld(messages);
        return new(messages.Where(m => m.Kind == MessageKinds.Verdict).ToDictionary(m => m.Purpose, m => m.IsWithheld || withheld.Contains(m.Purpose) ? 0 : m.Payload!.Value.GetProperty("value").GetDouble(), StringComparer.Ordinal),
            StringComparer.Ordinal);
    }
}
