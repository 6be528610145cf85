using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>One invocation of one agent: hears its model calls and tool calls and adds their nodes to the recorder.</summary>
internal sealed class AgentInvocation(AgentRecorder recorder, string role, int visit, int turn, int step, ImmutableArray<string> parents, IReadOnlyList<string> heard)
    : ModelCallScope
{
    private readonly Lock _gate = new();
    private readonly List<ChatMessageContent> _messages = [];
    private readonly List<TrajectoryNode> _waitingTools = [];
    private readonly List<string> _roundTools = [];
    private string? _call;
    private readonly NodeIds _ids = new(role, visit);
    private int _seeds;

    public AgentRecorder Recorder => recorder;

    /// <summary>Whether this is a tool call that no agent made.</summary>
    public bool IsTool { get; init; }

    public string Id => _ids.Visit;

    /// <summary>The nodes that whatever comes next builds on.</summary>
    public ImmutableArray<string> Latest
    {
        get
        {
            lock (_gate) return _roundTools.Count > 0 ? [.. _roundTools] : _call is null ? parents : [_call];
        }
    }

    /// <summary>The last thing that was said.</summary>
    public string? Said { get; private set; }

    /// <summary>The agent that a handoff chose, until it begins.</summary>
    public string? TransferredTo { get; set; }

    /// <summary>The key of a run inside this invocation; other invocations draw other numbers.</summary>
    public SeedKey InnerSeed => recorder.Seed with { Path = recorder.Seed.Path.Length == 0 ? Id : $"{recorder.Seed.Path}/{Id}" };

    public override TimeProvider TimeProvider => recorder.TimeProvider;

    public override long NextSeed(long? given)
    {
        var index = Interlocked.Increment(ref _seeds) - 1;
        return given ?? (recorder.Seed with { Node = NodeIds.SeedNode(role, index), Visit = visit }).ToSeed();
    }

    public override void Record(ModelCall call)
    {
        lock (_gate)
        {
            AddCall(call.Describe(Template(NodeKind.Role)), call.FunctionCalls.Any());
            if (call.Response?.Text is { Length: > 0 } text) Said = text;
        }
    }

    public TrajectoryNode BeginTool(string tool, IEnumerable<KeyValuePair<string, object?>>? arguments) => Template(NodeKind.Tool) with
    {
        ToolName = tool,
        Arguments = arguments is null ? null : TrajectoryJson.ToElement(arguments.ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal)),
        Start = recorder.TimeProvider.GetUtcNow(),
    };

    public void EndTool(TrajectoryNode tool)
    {
        lock (_gate)
        {
            // Without a recording client the call itself is known only when the agent hands out its messages.
            if (_ids.Calls == 0 && !IsTool) _waitingTools.Add(tool);
            else AddTool(tool);
        }
    }

    public void Hear(ChatMessageContent message)
    {
        lock (_gate)
        {
            if (_messages.Contains(message)) return;
            _messages.Add(message);
            if (message.Role != Microsoft.SemanticKernel.ChatCompletion.AuthorRole.Tool && message.Content is { Length: > 0 } text) Said = text;
        }
    }

    /// <summary>Adds a node of a workflow that this invocation ran.</summary>
    public void AddInner(TrajectoryNode node)
    {
        lock (_gate)
        {
            var id = $"{Id}/{node.Id}";
            recorder.Add(node with { Id = id, Turn = turn, Step = step, Parents = node.Parents.IsEmpty ? parents : [.. node.Parents.Select(p => $"{Id}/{p}")] });
            _ids.Count();
            _call = id;
        }
    }

    public void Complete(Exception? error)
    {
        lock (_gate)
        {
            if (_ids.Calls == 0) AddFromMessages();
            if (_ids.Calls == 0 && !IsTool) AddCall(Template(NodeKind.Role) with { Start = recorder.TimeProvider.GetUtcNow() }, usesTools: false);
        }

        recorder.End(this, error);
    }

    private void AddFromMessages()
    {
        var input = heard.Select(h => new ChatMessage(ChatRole.User, h)).ToList();
        foreach (var message in _messages.Select(m => (Content: m, Message: m.ToChatMessage())))
        {
            if (message.Message.Role == ChatRole.Assistant)
            {
                var calls = message.Message.Contents.OfType<Microsoft.Extensions.AI.FunctionCallContent>().ToList();
                AddCall(Template(NodeKind.Role) with
                {
                    Input = [.. input],
                    Output = [message.Message],
                    Usage = MessageUsage.Of(message.Content),
                    Start = recorder.TimeProvider.GetUtcNow(),
                }, calls.Count > 0);
                foreach (var tool in _waitingTools.Take(calls.Count)) AddTool(tool);
                _waitingTools.RemoveRange(0, Math.Min(calls.Count, _waitingTools.Count));
            }

            input.Add(message.Message);
        }
    }

    private void AddCall(TrajectoryNode node, bool usesTools)
    {
        var id = _ids.NextCall(usesTools);
        recorder.Add(node with { Id = id, Parents = Latest });
        _call = id;
        _roundTools.Clear();
    }

    private void AddTool(TrajectoryNode tool)
    {
        var id = IsTool ? Id : _ids.NextTool();
        recorder.Add(tool with { Id = id, Parents = _call is null ? parents : [_call] });
        _roundTools.Add(id);
    }

    private TrajectoryNode Template(NodeKind kind) => new() { Id = "", Kind = kind, Name = role, Role = IsTool ? null : role, Turn = turn, Step = step };
}
