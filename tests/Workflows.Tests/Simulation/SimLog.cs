using System.Globalization;

namespace AgentTeams.Tests.Simulation;

/// <summary>What timing decided in a run, as its journal tells: the reference is told, and says whether it was allowed.</summary>
internal sealed class SimChoices
{
    private readonly Dictionary<string, JournalEntry> _commits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);

    public SimChoices(IEnumerable<byte[]> records)
    {
        foreach (var entry in records.Select(r => JournalEntry.Read(r)))
        {
            var parts = entry.Path.ToString().Split('.');
            for (var length = parts.Length; length > 0; length -= 2) _begun.Add(string.Join('.', parts.Take(length)));
            if (entry.Kind == JournalEntryKind.Commit) _commits[entry.Path.ToString()] = entry;
            if (entry.Kind == JournalEntryKind.Answer) _answers.Add(entry.Path.ToString());
        }
    }

    /// <summary>Whether a visit began. One in a branch that lost may not have, and is not counted then.</summary>
    public bool IsBegun(string path) => _begun.Contains(path);

    public bool IsAnswered(string path) => _answers.Contains(path);

    /// <summary>The branches that a join took, or null.</summary>
    public IReadOnlyList<int>? TakenAt(string path) =>
        _commits.TryGetValue(path, out var commit) && commit is { Error: null, Taken: { IsDefault: false } taken } ? [.. taken.Order()] : null;

    /// <summary>Which of the causes was the first.</summary>
    public string? FaultAt(string path) => _commits.TryGetValue(path, out var commit) && commit.Error is { } error ? SimFault.KeyOf(error.Message) : null;
}

/// <summary>A visit that the reference expects.</summary>
internal sealed record SimVisit(string Path, string Id, string Name, string? Branch, IReadOnlySet<string>? Faults, bool IsHandled)
{
    /// <summary>Whether the visit is made whatever the timing; else it may be cancelled, or never begin.</summary>
    public bool IsCertain { get; set; } = true;
}

/// <summary>A record that the reference expects.</summary>
internal sealed record SimCall(string Id, IReadOnlyList<string> Parents)
{
    public bool IsCertain { get; set; } = true;
}

/// <summary>What happens in a part of a run.</summary>
internal sealed class SimLog
{
    public List<SimVisit> Visits { get; } = [];

    public List<SimCall> Calls { get; } = [];

    /// <summary>What is asked.</summary>
    public List<(string Path, string Id)> Requests { get; } = [];

    /// <summary>What may be asked, as a visit that failed for good is made again by a resumed run.</summary>
    public List<(string Path, string Id)> PossibleRequests { get; } = [];

    public void Add(SimLog part, bool isCertain)
    {
        Visits.AddRange(part.Visits);
        Calls.AddRange(part.Calls);
        PossibleRequests.AddRange(part.PossibleRequests);
        (isCertain ? Requests : PossibleRequests).AddRange(part.Requests);
        if (isCertain) return;

        foreach (var visit in part.Visits) visit.IsCertain = false;
        foreach (var call in part.Calls) call.IsCertain = false;
    }

    /// <summary>Adds a visit from which the run goes on, whatever is asked inside of it.</summary>
    public void Settle(SimVisit visit)
    {
        Visits.Add(visit);
        Requests.RemoveAll(r => IsInside(r.Path));
        PossibleRequests.RemoveAll(r => IsInside(r.Path));

        bool IsInside(string path) => path.StartsWith(visit.Path + ".", StringComparison.Ordinal);
    }
}

/// <summary>Visits that follow one another.</summary>
/// <param name="At">What the paths of its visits begin with.</param>
/// <param name="Prefix">What their ids begin with.</param>
/// <param name="Visits">How often each node of its workflow was visited.</param>
internal sealed record SimScope(string At, string Prefix, Dictionary<string, int> Visits)
{
    /// <summary>Stands for parents that depend on timing.</summary>
    public const string Any = "*";

    private int _next;

    /// <summary>The records that the next visit uses.</summary>
    public IReadOnlyList<string> Committed { get; set; } = [];

    /// <summary>What changed the state.</summary>
    public List<Func<SimState, SimState>> Updates { get; } = [];

    public (string Path, string Id) Enter(string name, SimChoices choices)
    {
        var path = At + (_next++).ToString(CultureInfo.InvariantCulture);
        var visit = Visits.GetValueOrDefault(name);
        if (choices.IsBegun(path)) Visits[name] = visit + 1;
        return (path, Prefix + (visit == 0 ? name : $"{name}#{visit}"));
    }

    /// <summary>A scope of the same workflow, inside of a visit.</summary>
    public SimScope Part(string path, int branch) => new($"{path}.{branch}.", Prefix, Visits) { Committed = Committed };

    /// <summary>The scope of another workflow, inside of a visit.</summary>
    public SimScope Inside(string path, int branch, string id) => new($"{path}.{branch}.", id + "/", new(StringComparer.Ordinal)) { Committed = Committed };

    public SimState Apply(SimState state) => Updates.Aggregate(state, (s, update) => update(s));
}

/// <summary>How a part of a run ends.</summary>
internal enum SimEnd
{
    Done,
    Failed,
    Waiting,

    /// <summary>It depends on timing that nobody recorded, as something else ended the part before.</summary>
    Unknown,
}
