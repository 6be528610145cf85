using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>
/// One execution of one node. The records of its last call are held back until the branch taken after it is known;
/// earlier ones are emitted at once.
/// </summary>
internal sealed class NodeVisit(RunContext run, string name, int visit, int turn, int step)
{
    private readonly List<TrajectoryNode> _held = [];
    private readonly NodeIds _ids = new(name, visit);
    private int _failures;
    private int _attempt;

    public RunContext Run => run;

    public string Id => _ids.Visit;

    public int Visit => visit;

    /// <summary>The records that the next call of this visit uses.</summary>
    public ImmutableArray<string> Parents { get; set; } = run.Committed;

    public static NodeError Describe(Exception e) => NodeError.Of(e);

    public TrajectoryNode Template(NodeKind kind) => new() { Id = "", Kind = kind, Name = name, Parents = Parents, Turn = turn, Step = step, Attempt = _attempt };

    /// <summary>The seed of a model call: that of the attempt, and one of its own for each later round of the tool-call loop.</summary>
    public long Seed(int attempt, int round) =>
        (run.Seed with { Node = NodeIds.SeedNode(name, round), Visit = visit, Attempt = attempt }).ToSeed();

    public string NextToolId() => _ids.NextTool();

    /// <summary>Every attempt starts from what the visit itself started from.</summary>
    public void StartAttempt(int attempt) => (Parents, _attempt) = (run.Committed, attempt);

    public void Hold(TrajectoryNode node) => _held.Add(node);

    public void HoldModelCall(TrajectoryNode node, bool usesTools)
    {
        var id = _ids.NextCall(usesTools);
        _held.Add(node with { Id = id });
        Parents = [id];
    }

    public void HoldToolCall(TrajectoryNode node) => _held.Add(node);

    public void Record(TrajectoryNode node) => Emit(new CallRecorded(node));

    /// <summary>Emits what was held, as more follows in this visit.</summary>
    public void Release()
    {
        foreach (var node in _held) Record(node);
        _held.Clear();
    }

    /// <summary>Emits an answer that is not accepted.</summary>
    public void Reject(AgentTeamsException error, int attempt)
    {
        _held[0] = _held[0] with { Id = _ids.Expand() ?? _held[0].Id, Error = Describe(error) };
        Release();
        Emit(new NodeRetrying(Describe(error), ++_failures));
        WorkflowLog.Rejected(run.Log, Id, attempt + 1, error.Message);
    }

    /// <summary>Tells of a failed try before the next one; the call's own node will hold it.</summary>
    public void Retry(Exception error)
    {
        Emit(new NodeRetrying(Describe(error), ++_failures));
        WorkflowLog.Retrying(run.Log, Id, _failures, error);
    }

    public void Complete(string? branch)
    {
        Commit(branch, null);
        Emit(new NodeCompleted(branch));
    }

    public void Fail(Exception error, string? branch)
    {
        Commit(branch, Describe(error));
        Emit(new NodeFailed(Describe(error), branch is not null));
        WorkflowLog.Failed(run.Log, Id, error);
    }

    public void Emit(WorkflowEvent e) => run.Feed.Add(e with { NodeId = Id, Turn = turn, Step = step });

    private void Commit(string? branch, NodeError? error)
    {
        if (_held.Count == 0) return;
        _held[0] = _held[0] with { Branch = branch, Error = _held[0].Error ?? error };
        run.Committed = [_held[0].Id];
        Release();
    }
}
