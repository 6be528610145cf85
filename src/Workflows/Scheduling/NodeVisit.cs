using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// One execution of one node. The records of its last call are held back until the branch taken after it is known;
/// earlier ones are told at once.
/// </summary>
internal sealed class NodeVisit
{
    private readonly IWorkflowNode _node;
    private readonly NodeIds _ids;
    private readonly List<TrajectoryNode> _held = new(1);
    private List<TrajectoryNode>? _unwritten;
    private int _failures;
    private int _attempt;
    private int _calls;
    private object? _began;

    public NodeVisit(Scope scope, IWorkflowNode node, int visit, int turn, int step, VisitPath path)
    {
        (Scope, _node, Visit, Turn, Step, Path) = (scope, node, visit, turn, step, path);
        _ids = new(scope.IdPrefix + node.Name, visit);
        Parents = scope.Committed;
        Recorded = scope.Run.Journal.Find(path);
        IsOver = Recorded is not null && (Recorded.IsSettled || (!Recorded.IsCancelled && scope.WentOnFromFailure));
    }

    public Scope Scope { get; }

    public RunContext Run => Scope.Run;

    public string Name => _node.Name;

    public string Id => _ids.Visit;

    public int Visit { get; }

    /// <summary>Which of the visit's attempts goes on.</summary>
    public int Attempt => _attempt;

    /// <summary>What listeners are told of a role's visit; null where nobody listens.</summary>
    public AgentObservation? Agent { get; set; }

    public int Turn { get; }

    public int Step { get; }

    public VisitPath Path { get; }

    /// <summary>What the journal holds of this visit, or null.</summary>
    public VisitCommit? Recorded { get; }

    /// <summary>Whether the run went on from how the journal has it: nothing inside of it is done again, even if it failed.</summary>
    public bool IsOver { get; }

    /// <summary>The branches, of those that were taken, that a join waited for; set before the visit ends.</summary>
    public ImmutableArray<int> Taken { get; set; }

    /// <summary>The branches that began and that the join went on without; set before the visit ends.</summary>
    public ImmutableArray<int> Lost { get; set; } = [];

    /// <summary>Whether what comes next uses all records of this visit, and not only the first.</summary>
    public bool CommitsAll { get; set; }

    /// <summary>What a role remembers of it where the records say something else; set before the visit ends.</summary>
    public IReadOnlyList<ChatMessage>? Remembered { get; set; }

    /// <summary>The record that is held back last, or null.</summary>
    public TrajectoryNode? LastHeld => _held.Count == 0 ? null : _held[^1];

    /// <summary>The world in which a role acts by tools; null where it does not.</summary>
    public object? World { get; set; }

    /// <summary>The records that the next call of this visit uses.</summary>
    public ImmutableArray<string> Parents { get; set; }

    public static NodeError Describe(Exception e) => NodeError.Of(e);

    public TrajectoryNode Template(NodeKind kind) => new() { Id = "", Kind = kind, Name = Name, Parents = Parents, Turn = Turn, Step = Step, Attempt = _attempt };

    /// <summary>The record of a visit that is one call without tries.</summary>
    public TrajectoryNode Template(NodeKind kind, DateTimeOffset start, TimeSpan duration, NodeError? error) =>
        new() { Id = Id, Kind = kind, Name = Name, Parents = Parents, Turn = Turn, Step = Step, Start = start, Duration = duration, Error = error };

    /// <summary>The seed of a model call: that of the attempt, and one of its own for each later round of the tool-call loop.</summary>
    public long Seed(int attempt, int round) =>
        (Scope.Seed with { Node = NodeIds.SeedNode(Name, round), Visit = Visit, Attempt = attempt }).ToSeed();

    /// <summary>What the callee of a call is told of it.</summary>
    /// <param name="callId">Its id in the record.</param>
    /// <param name="askedAs">The id that the model gave it, or null.</param>
    public ToolCallContext CallContext(string callId, string? askedAs = null) => new(this, callId) { AskedAs = askedAs };

    public string NextToolId() => _ids.NextTool();

    public string NextAsideId() => _ids.NextAside();

    /// <summary>Every attempt starts from what the visit itself started from.</summary>
    public void StartAttempt(int attempt) => (Parents, _attempt, World) = (Scope.Committed, attempt, _began);

    /// <summary>Names the world that each attempt starts from.</summary>
    public void BeginWorld(object world) => World = _began = world;

    public void Hold(TrajectoryNode node) => _held.Add(node);

    public void HoldModelCall(TrajectoryNode node, bool usesTools)
    {
        var id = _ids.NextCall(usesTools);
        _held.Add(node with { Id = id });
        Parents = [id];
    }

    /// <summary>Holds a record of <see cref="Describe(string, PolicyId?, ImmutableArray{ChatMessage}, in CallOutcome{ChatResponse}, ChatResponse, bool)"/>.</summary>
    public void HoldModelCall(TrajectoryNode node)
    {
        _held.Add(node);
        Parents = [node.Id];
    }

    /// <summary>The record of the next model call, made at once: a copy for each thing that is known later would cost more than the call's scheduling.</summary>
    public TrajectoryNode Describe(string role, PolicyId? policy, ImmutableArray<ChatMessage> input, in CallOutcome<ChatResponse> outcome, ChatResponse response, bool usesTools)
    {
        var tokens = TokenTrace.Of(response);
        return new()
        {
            Id = _ids.NextCall(usesTools), Kind = NodeKind.Role, Name = Name, Parents = Parents, Turn = Turn, Step = Step, Attempt = _attempt, Role = role,
            Policy = tokens?.Policy ?? policy, Input = input, Output = [.. response.Messages], Tokens = tokens, Usage = ModelCall.UsageOf(response, tokens),
            Tries = outcome.Tries, Start = outcome.Start, Duration = outcome.Duration,
        };
    }

    public void HoldToolCall(TrajectoryNode node) => _held.Add(node);

    /// <summary>What the journal holds of the next model call of this visit, or null.</summary>
    public CallCommit? NextRecordedCall() => Run.Journal.FindCall(Path, NodeIds.SeedNode("", _calls++));

    public CallCommit? RecordedTool(string id) => Run.Journal.FindCall(Path, id);

    /// <summary>Tells of a model call that the journal holds. The ids of later ones go on from it.</summary>
    public void Restore(CallCommit call)
    {
        foreach (var node in call.Records)
        {
            Run.Sink.Record(this, node, isReplayed: true);
            if (_ids.IsAside(node.Id))
            {
                _ids.NextAside();
                Scope.Memory.KeepAside(node);
            }
            else if (node.Kind == NodeKind.Role) Parents = [_ids.NextCall(moreFollow: true)];
            else if (node.Kind == NodeKind.Tool) _ids.NextTool();
        }
    }

    /// <summary>Tells of a visit that the journal holds.</summary>
    public void Restore(VisitCommit recorded)
    {
        foreach (var call in Run.Journal.CallsOf(Path))
        {
            foreach (var node in call.Records) Run.Sink.Record(this, node, isReplayed: true);
        }

        for (var i = 0; i < recorded.Earlier; i++) Run.Sink.Record(this, recorded.Records[i], isReplayed: true);
        _held.AddRange(recorded.Records.Skip(recorded.Earlier));
        foreach (var node in recorded.Records)
        {
            if (_ids.IsAside(node.Id)) Scope.Memory.KeepAside(node);
        }

        // A workflow inside that failed is not run again to its end, and what follows comes after that end all the same.
        foreach (var node in _held) Scope.Step = Math.Max(Scope.Step, node.Step + 1);
    }

    /// <summary>Lets the journal have a tool call, so that a resumed run does not make it again. Safe for concurrent use.</summary>
    public ValueTask CommitToolAsync(TrajectoryNode node, ImmutableArray<TrajectoryNode> inner) =>
        Run.Journal.IsDurable ? Run.Journal.AppendAsync(new CallCommit(Path, node.Id, null, [node, .. inner])) : default;

    /// <summary>Tells of a tool call after <see cref="CommitToolAsync"/>.</summary>
    public void RecordTool(TrajectoryNode node, ImmutableArray<TrajectoryNode> inner)
    {
        var isReplayed = RecordedTool(node.Id) is not null;
        foreach (var record in inner.Insert(0, node))
        {
            Run.Sink.Record(this, record, isReplayed);
            if (!Run.Journal.IsDurable) (_unwritten ??= []).Add(record);
        }
    }

    /// <summary>Tells of what middleware asked models for the next call, which builds on it.</summary>
    public void RecordAsides(ImmutableArray<TrajectoryNode> asides)
    {
        foreach (var node in asides)
        {
            Record(node);
            Scope.Memory.KeepAside(node);
        }

        if (asides.LastOrDefault(n => n.Error is null) is { } last) Parents = [.. Parents, last.Id];
    }

    public void Record(TrajectoryNode node)
    {
        Run.Sink.Record(this, node, isReplayed: false);
        (_unwritten ??= []).Add(node);
    }

    /// <summary>Tells of what was held, as more follows in this visit.</summary>
    public void Release()
    {
        foreach (var node in _held) Record(node);
        _held.Clear();
    }

    /// <summary>Lets the journal have the model call that was told last, so that a resumed run does not ask again.</summary>
    public ValueTask CommitModelCallAsync(ChatResponse reply)
    {
        if (!Run.Journal.IsDurable) return default;
        var commit = new CallCommit(Path, NodeIds.SeedNode("", _calls - 1), reply, [.. _unwritten ?? []]);
        _unwritten = null;
        return Run.Journal.AppendAsync(commit);
    }

    /// <summary>Tells of an answer that is not accepted.</summary>
    public async ValueTask RejectAsync(AgentTeamsException error, ChatResponse reply, int attempt)
    {
        if (_held.Count > 0)
        {
            _held[0] = _held[0] with { Id = _ids.Expand() ?? _held[0].Id, Error = Describe(error) };
            Release();
            await CommitModelCallAsync(reply).ConfigureAwait(false);
        }

        Tell(new NodeRetrying(Describe(error), ++_failures));
        WorkflowLog.Rejected(Run.Log, Id, attempt + 1, error.Message);
    }

    /// <summary>Tells of a failed try before the next one; the call's own node will hold it.</summary>
    public void Retry(Exception error)
    {
        Tell(new NodeRetrying(Describe(error), ++_failures));
        WorkflowLog.Retrying(Run.Log, Id, _failures, error);
    }

    public void Started()
    {
        if (Run.Sink.TellsAll) Tell(new NodeStarted(Name, Visit));
    }

    public async ValueTask CompleteAsync(string? branch, object? result)
    {
        await CommitAsync(branch, null, isHandled: false, result).ConfigureAwait(false);
        if (!Lost.IsEmpty) Run.Sink.Discard(Path, Lost);
        if (Run.Sink.TellsAll) Tell(new NodeCompleted(branch) { LostBranches = Lost });
    }

    public ValueTask FailAsync(Exception error, string? branch, bool isJournaled, bool isCancelled = false) => FailAsync(error, Describe(error), branch, isJournaled, isCancelled);

    /// <param name="error">What was thrown; null where the journal tells of it.</param>
    /// <param name="described">What is recorded.</param>
    /// <param name="branch">The branch that handles it, or null.</param>
    /// <param name="isJournaled">Whether the journal has it too.</param>
    /// <param name="isCancelled">Whether it did not fail by itself.</param>
    public async ValueTask FailAsync(Exception? error, NodeError described, string? branch, bool isJournaled, bool isCancelled = false)
    {
        await CommitAsync(branch, described, branch is not null, null, isJournaled, isCancelled).ConfigureAwait(false);
        Tell(new NodeFailed(described, branch is not null));
        if (error is not null) WorkflowLog.Failed(Run.Log, Id, error);
    }

    public void Tell(WorkflowEvent e)
    {
        if (Run.Sink.TellsAll) Run.Sink.Tell(e with { NodeId = Id, Turn = Turn, Step = Step, Path = Path, IsReplayed = Recorded is not null });
    }

    private async ValueTask CommitAsync(string? branch, NodeError? error, bool isHandled, object? result, bool isJournaled = true, bool isCancelled = false)
    {
        var own = _unwritten?.Count ?? 0;
        if (_held.Count > 0 && (branch is not null || error is not null))
        {
            // Of the items of a map each tells of its own failure.
            var isTold = _held.Exists(n => n.Error is not null);
            _held[0] = _held[0] with { Branch = branch, Error = isTold ? _held[0].Error : error };
        }

        if (isJournaled && Recorded is not { IsSettled: true })
        {
            await Run.Journal.AppendAsync(new VisitCommit(Path)
            {
                NodeId = Id, Name = Name, Node = _node, Result = result, Fingerprint = _node.Fingerprint, Branch = branch, Error = error, IsHandled = isHandled, IsCancelled = isCancelled,
                Taken = Taken, Earlier = own, Remembered = Remembered,
                Records = own == 0 ? _held : [.. _unwritten!, .. _held],
            }).ConfigureAwait(false);
        }

        if (_held.Count == 0) return;
        Scope.Committed = CommitsAll ? [.. _held.Select(n => n.Id)] : [_held[0].Id];
        foreach (var node in _held) Run.Sink.Record(this, node, Recorded is not null);
    }
}
