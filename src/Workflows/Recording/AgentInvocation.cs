using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// One invocation of one agent of another framework: hears its model calls and tool calls and keeps their records until the run's
/// order is known.
/// </summary>
internal sealed class AgentInvocation : ModelCallScope
{
    private readonly Lock _gate = new();
    private readonly List<SpokenMessage> _said = [];
    private readonly InvocationNodes _nodes;
    private readonly Dictionary<int, InvocationHistory> _inner = [];
    private readonly DateTimeOffset _start;
    private readonly long _began;
    private int _seeds;
    private int _innerRuns;

    public AgentInvocation(AgentRecorder recorder, AgentSeat seat, string lineage, ImmutableArray<PendingNode> parents, IReadOnlyList<SpokenMessage> heard)
    {
        (Recorder, Seat, Lineage, Parents, Heard) = (recorder, seat, lineage, parents, heard);
        _nodes = new(this);
        (_start, _began) = (recorder.TimeProvider.GetUtcNow(), recorder.TimeProvider.GetTimestamp());
    }

    public AgentRecorder Recorder { get; }

    public AgentSeat Seat { get; }

    public string Role => Seat.Role;

    /// <summary>What led to this invocation, as a key: equal in every run in which the same happened, whatever arrived first.</summary>
    public string Lineage { get; }

    public ImmutableArray<PendingNode> Parents { get; }

    public IReadOnlyList<SpokenMessage> Heard { get; }

    /// <summary>The invocation whose tool started this one, or null, and how many calls it had made by then.</summary>
    public (AgentInvocation? Invocation, int Calls) Outer { get; init; }

    /// <summary>The invocations among which this one's parents are looked for.</summary>
    public required InvocationHistory History { get; init; }

    /// <summary>How many earlier invocations nothing tells from this one.</summary>
    public int Twins { get; init; }

    /// <summary>Whether this is a tool call that no agent made.</summary>
    public bool IsTool { get; init; }

    /// <summary>What wraps the agent, where the framework's adapter sets it.</summary>
    public object? Wrapper { get; set; }

    /// <summary>Tells whether a tool's body runs here that no loop of ours began, and so has not left this scope; null where nothing can tell.</summary>
    public Func<bool>? IsInTool { get; set; }

    /// <summary>The invocation whose own work is done here, or null.</summary>
    public static AgentInvocation? Here => Current is AgentInvocation { IsInTool: var isInTool } invocation && isInTool?.Invoke() != true ? invocation : null;

    /// <summary>The records so far.</summary>
    public IReadOnlyList<PendingNode> Nodes
    {
        get
        {
            lock (_gate) return [.. _nodes.All];
        }
    }

    /// <summary>The model calls so far.</summary>
    public int Calls => _nodes.Calls;

    /// <summary>The records that whatever comes next builds on.</summary>
    public ImmutableArray<PendingNode> Latest
    {
        get
        {
            lock (_gate)
            {
                if (_nodes.Latest is { IsEmpty: false } own) return own;

                // An agent made of recorded agents may record nothing itself.
                return _inner.GetValueOrDefault(0)?.Leaves is { IsEmpty: false } leaves ? leaves : Parents;
            }
        }
    }

    /// <summary>The invocations that the tools of the call under way start.</summary>
    public InvocationHistory Inner
    {
        get
        {
            lock (_gate)
            {
                if (!_inner.TryGetValue(Calls, out var history)) _inner[Calls] = history = new();
                return history;
            }
        }
    }

    /// <summary>The model call whose tools run now: what is started inside a tool builds on it, whichever tools have ended by then.</summary>
    public ImmutableArray<PendingNode> Asking
    {
        get
        {
            lock (_gate) return _nodes.Asking;
        }
    }

    /// <summary>What was said, in order.</summary>
    public IReadOnlyList<SpokenMessage> Said
    {
        get
        {
            lock (_gate) return [.. _said];
        }
    }

    /// <summary>The last text that was said, wherever it was heard; what a tool call results in.</summary>
    public string? LastText { get; set; }

    /// <summary>The agent that a handoff chose, until it begins; <see cref="AnyAgent"/> where the framework does not name it.</summary>
    public string? TransferredTo { get; set; }

    /// <summary>Stands for whichever agent begins next.</summary>
    public const string AnyAgent = "*";

    private SeedKey InnerSeed => Recorder.Seed with { Path = Recorder.Seed.Path.Length == 0 ? Lineage : $"{Recorder.Seed.Path}/{Lineage}" };

    public override TimeProvider TimeProvider => Recorder.TimeProvider;

    public override bool Hears(IReadOnlyList<ChatMessage> input) => Here == this;

    public override long NextSeed(long? given)
    {
        var index = Interlocked.Increment(ref _seeds) - 1;
        return given ?? (InnerSeed with { Node = NodeIds.SeedNode(Role, index) }).ToSeed();
    }

    public override void Record(ModelCall call)
    {
        lock (_gate)
        {
            // A tool that someone approved runs before the call that reads what it returned.
            _nodes.AddWaitingTools();
            _nodes.AddCall(call.Describe(Template(NodeKind.Role)), call.FunctionCalls.Any());
            if (call.Response?.Text is { Length: > 0 } text) LastText = text;
        }
    }

    /// <summary>Records calls of a client or service that runs a tool-call loop of its own and does not report its turns.</summary>
    /// <param name="input">What the first call read.</param>
    /// <param name="said">The turns of the model and what its tools answered.</param>
    /// <param name="start">When the first call began.</param>
    /// <param name="duration">How long all took, tools included.</param>
    /// <param name="error">Why the last turn failed, or null.</param>
    public void RecordTurns(
        IReadOnlyList<ChatMessage> input, IReadOnlyList<SpokenMessage> said, DateTimeOffset start, TimeSpan duration, Exception? error = null)
    {
        lock (_gate)
        {
            _nodes.AddTurns(input, said, start, duration);
            if (error is null) return;

            // Otherwise half an answer or a tool of it was under way.
            var read = input.Concat(said.Select(s => s.Message));
            if (said.Count == 0 || said[^1].Message.Role != ChatRole.Assistant) _nodes.AddFailingTurn([.. read], start, duration);
            _nodes.Fail(error);
        }
    }

    /// <summary>The record of a tool call that begins.</summary>
    public TrajectoryNode BeginTool(string tool, IEnumerable<KeyValuePair<string, object?>>? arguments) => Template(NodeKind.Tool) with
    {
        ToolName = tool,
        Arguments = arguments is null ? null : TrajectoryJson.ToElement(arguments.ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal)),
        Start = Recorder.TimeProvider.GetUtcNow(),
    };

    /// <summary>Adds the record of a tool call that ended.</summary>
    /// <param name="tool">The record.</param>
    /// <param name="callId">The model's id of the call, or null.</param>
    /// <param name="callIndex">The place of the call among those of its round.</param>
    public void EndTool(TrajectoryNode tool, string? callId = null, int callIndex = 0)
    {
        lock (_gate)
        {
            // Where nobody reports calls, they are known only when their messages are handed out.
            if (Calls == 0 && !IsTool) _nodes.AddWaitingTool(tool, callId, callIndex);
            else _nodes.AddTool(tool, callId, callIndex);
        }
    }

    public void Hear(SpokenMessage message)
    {
        lock (_gate)
        {
            if (_said.Exists(m => ReferenceEquals(m.Key, message.Key))) return;
            _said.Add(message);
            if (message.Message.Role != ChatRole.Tool && message.Text is { Length: > 0 } text) LastText = text;
        }
    }

    /// <summary>A workflow's run inside this invocation: its number, and its key; every run draws numbers of its own.</summary>
    public (int Run, SeedKey Seed) BeginInner()
    {
        var run = Interlocked.Increment(ref _innerRuns) - 1;
        return (run, run == 0 ? InnerSeed : InnerSeed with { Path = InnerIdOf(InnerSeed.Path, run) });
    }

    /// <summary>Adds a record of a workflow that this invocation ran.</summary>
    /// <param name="node">The record.</param>
    /// <param name="run">The run, of <see cref="BeginInner"/>.</param>
    public void AddInner(TrajectoryNode node, int run)
    {
        lock (_gate)
        {
            var inner = node.Parents.Select(id => _nodes.All.FirstOrDefault(n => n.InnerId == InnerIdOf(id, run)));
            ImmutableArray<PendingNode> parents = node.Parents.IsEmpty ? Parents : [.. inner.OfType<PendingNode>()];
            _nodes.AddCall(new(this, node, parents) { InnerId = InnerIdOf(node.Id, run) });
        }
    }

    public void Complete(Exception? error)
    {
        lock (_gate)
        {
            // What recorded agents inside said is theirs.
            var inner = _inner.GetValueOrDefault(0);
            var own = inner is null ? _said : _said.FindAll(m => !inner.Knows(m));
            if (Calls == 0) _nodes.AddTurns([.. Heard.Select(h => h.Message)], own, _start, Recorder.TimeProvider.GetElapsedTime(_began));
            if (Calls == 0 && !IsTool && inner is null) _nodes.AddCall(Template(NodeKind.Role) with
            {
                Input = [.. Heard.Select(h => h.Message)], Start = _start, Duration = Recorder.TimeProvider.GetElapsedTime(_began),
            }, usesTools: false);
            if (error is not null) _nodes.Fail(error);
        }

        Recorder.End(this);
    }

    private static string InnerIdOf(string id, int run) => run == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}~{run}");

    /// <summary>A record of this invocation that says nothing yet.</summary>
    public TrajectoryNode Template(NodeKind kind) => new() { Id = "", Kind = kind, Name = Role, Role = IsTool ? null : Role };
}
