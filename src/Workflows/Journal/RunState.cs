using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>
/// What a run did so far: where it began, and how each visit ended. From it the run goes on, in this process or another; it is replayed, forked and
/// compared. It never changes; what goes on from it makes another.
/// </summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed class RunState<TState>
    where TState : notnull
{
    internal RunState(string workflow, SeedKey seed, TState initial, IReadOnlyList<JournalItem> items, string? parentId = null, string? forkNodeId = null)
    {
        (WorkflowName, Seed, Initial, Items, ParentId, ForkNodeId) = (workflow, seed, initial, items, parentId, forkNodeId);
    }

    /// <summary>The workflow's name.</summary>
    public string WorkflowName { get; }

    /// <summary>The run's key.</summary>
    public SeedKey Seed { get; }

    /// <summary>The state that the run began with.</summary>
    public TState Initial { get; }

    /// <summary>The trajectory that the run was forked from, or null.</summary>
    public string? ParentId { get; }

    /// <summary>The visit of the parent after which a fork went its own way; null for its beginning, and for a run that is no fork.</summary>
    public string? ForkNodeId { get; }

    /// <summary>How each visit ended, in the order of their paths.</summary>
    public IReadOnlyList<RunVisit> Visits => field ??= [.. Commits().OrderBy(v => v.Path).Select(v => new RunVisit(v))];

    /// <summary>The requests that nobody has answered, in the order of their paths.</summary>
    public IReadOnlyList<HumanRequest> Requests => field ??= new OpenRequests(Items).Unanswered;

    /// <summary>What middleware noted when the run began; a fork has its parent's.</summary>
    public ImmutableSortedDictionary<string, string> Notes { get; internal init; } = RunNotes.None;

    /// <summary>Whether nothing of it was begun yet, not even by middleware.</summary>
    internal bool IsNew { get; init; }

    internal IReadOnlyList<JournalItem> Items { get; }

    /// <summary>The span of whoever made the last of it, as a W3C <c>traceparent</c>; null where nobody listened.</summary>
    internal string? Trace { get; init; }

    /// <summary>The state as the records of a journal, from which <see cref="RunState.FromRecords"/> reads it back.</summary>
    /// <exception cref="AgentTeamsException">A result cannot be written as JSON.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> ToRecords()
    {
        var shared = new SharedInputs();
        return [.. Items.Select(i => JournalForm.ToEntry(i, shared.Shorten)).Prepend(Header()).Select(e => new ReadOnlyMemory<byte>(JsonSerializer.SerializeToUtf8Bytes(e, TrajectoryJson.Options)))];
    }

    internal JournalEntry Header() => new()
    {
        Kind = JournalEntryKind.Run,
        // Without notes it is what earlier builds read.
        Version = Notes.IsEmpty ? JournalEntry.FirstVersion : JournalEntry.CurrentVersion,
        Notes = Notes.IsEmpty ? null : Notes,
        WorkflowName = WorkflowName,
        Seed = Seed,
        Initial = JournalJson.Write(Initial, $"{WorkflowName}'s initial state"),
        ParentId = ParentId,
        NodeId = ForkNodeId,
    };

    internal RunState<TState> With(params JournalItem[] items) => new(WorkflowName, Seed, Initial, [.. Items, .. items], ParentId, ForkNodeId) { Notes = Notes, Trace = Trace };

    // A visit that failed and was done again counts as it ended last.
    internal IEnumerable<VisitCommit> Commits() => Items.OfType<VisitCommit>().GroupBy(v => v.Path).Select(g => g.Last());
}

/// <summary>Runs that were written elsewhere.</summary>
public static class RunState
{
    /// <summary>Reads the records of a journal.</summary>
    /// <exception cref="AgentTeamsException">They are no journal of a run with this state, or one of a newer version.</exception>
    public static RunState<TState> FromRecords<TState>(IEnumerable<ReadOnlyMemory<byte>> records)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(records);
        var entries = records.Select(r => JournalEntry.Read(r.Span)).ToList();
        if (entries is not [{ Kind: JournalEntryKind.Run, WorkflowName: { } workflow, Seed: { } seed, Initial: { } initial } header, ..])
            throw new AgentTeamsException("The records do not begin as the journal of a run does. Read them from the first.");
        if (header.Version is not { } version || version > JournalEntry.CurrentVersion)
            throw new AgentTeamsException($"The journal of the workflow '{workflow}' has version {header.Version}; this library reads up to {JournalEntry.CurrentVersion}. Update AgentTeams.");
        var shared = new SharedInputs();
        var state = JournalJson.Read<TState>(initial, workflow) ?? throw new AgentTeamsException($"The journal of the workflow '{workflow}' begins with no state.");
        return new(workflow, seed, state, [.. entries.Skip(1).Select(e => JournalForm.FromEntry(e, shared.Restore)).OfType<JournalItem>()], header.ParentId, header.NodeId) { Notes = RunNotes.Of(header.Notes), Trace = entries.FindLast(e => e.Trace is not null)?.Trace };
    }
}

/// <summary>How a visit of a run ended.</summary>
public sealed record RunVisit
{
    internal RunVisit(VisitCommit commit)
    {
        (Path, Id, Name, Branch, Error, IsHandled) = (commit.Path, commit.NodeId, commit.Name, commit.Branch, commit.Error, commit.IsHandled);
        Nodes = [.. commit.Records];
    }

    /// <summary>Where it stands in its run.</summary>
    public VisitPath Path { get; }

    /// <summary>The visit's id: the node's name, with '#' and the visit from the second on, behind those of the nodes around it.</summary>
    public string Id { get; }

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>The branch taken after it, or null if there was no choice.</summary>
    public string? Branch { get; }

    /// <summary>Why it failed, or null.</summary>
    public NodeError? Error { get; }

    /// <summary>Whether the run went on along the node's error route.</summary>
    public bool IsHandled { get; }

    /// <summary>Its calls, but for those that the journal holds apart.</summary>
    public ImmutableArray<TrajectoryNode> Nodes { get; }
}
