using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// What is done to the model calls of the run that is under way here: replies of a parent, other models, greedy decoding. Flows with execution, so it holds
/// whatever a rollout does.
/// </summary>
internal sealed class SteeredRun
{
    private static readonly AsyncLocal<SteeredRun?> s_current = new();
    private readonly Dictionary<string, Queue<TrajectoryNode>> _replies = new(StringComparer.Ordinal);
    private readonly HashSet<string> _replayed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Fork? _fork;
    private readonly IReadOnlyDictionary<string, CallChange> _roles;
    private readonly bool _isGreedy;
    private bool _hasDeparted;

    private SteeredRun(Fork? fork, IReadOnlyDictionary<string, CallChange> roles, bool isGreedy)
    {
        (_fork, _roles, _isGreedy) = (fork, roles, isGreedy);
        foreach (var node in fork?.Parent.Nodes ?? [])
        {
            if (node is not { Kind: NodeKind.Role, Role: { } role, Error: null } || node.Output.IsEmpty) continue;
            var key = KeyOf(role, node.Input);
            if (!_replies.TryGetValue(key, out var queue)) _replies[key] = queue = new();
            queue.Enqueue(node);
        }
    }

    /// <summary>The run under way; null where calls go their usual way.</summary>
    public static SteeredRun? Current => s_current.Value;

    /// <summary>The likeliest token each time.</summary>
    public static SteeredRun Greedy() => new(null, new Dictionary<string, CallChange>(), isGreedy: true);

    /// <summary>Other models in some seats.</summary>
    public static SteeredRun Seated(IReadOnlyDictionary<string, CallChange> seats) => new(null, seats, isGreedy: false);

    /// <summary>A fork.</summary>
    public static SteeredRun Of(Fork fork) => new(fork, fork.Roles, isGreedy: false);

    /// <summary>Runs something under this steering.</summary>
    public async Task<Trajectory> RunAsync(Func<Task<Trajectory>> run)
    {
        s_current.Value = this;
        var trajectory = await run().ConfigureAwait(false);
        if (_fork is null) return trajectory;
        var last = trajectory.Nodes.TakeWhile(n => n.Kind != NodeKind.Role || _replayed.Contains(n.Id)).LastOrDefault();
        return trajectory with
        {
            Id = _fork.Id,
            GroupId = _fork.Parent.GroupId,
            ParentId = _fork.Parent.Id,
            ForkNodeId = last?.Id,
            Nodes = [.. trajectory.Nodes.Select(n => _replayed.Contains(n.Id) ? n with { Inherited = true } : n)],
        };
    }

    /// <summary>Where a call goes: to a reply that is known, or to a client with options.</summary>
    public (ChatResponse? Reply, IChatClient? Client, ChatOptions? Options) Route(string role, IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        if (_isGreedy)
        {
            options = options?.Clone() ?? new();
            options.Temperature = 0;
            return (null, null, options);
        }

        lock (_gate)
        {
            var recorded = _replies.TryGetValue(KeyOf(role, messages), out var queue) && queue.TryDequeue(out var node) ? node : null;
            var change = recorded is not null && _fork!.Calls.TryGetValue(recorded.Id, out var own) ? own : _roles.GetValueOrDefault(role);
            if (change is null && recorded is not null && !(_fork!.IsBranch && _hasDeparted))
            {
                _replayed.Add(recorded.Id);
                return (Said(recorded), null, null);
            }

            var isFresh = change?.Client is null && (change is not null || (_fork?.IsBranch == true && _hasDeparted));
            _hasDeparted |= change is not null;
            return change?.Reply is { } said ? (Said(said), null, null) : (null, change?.Client, isFresh ? Reseeded(options) : options);
        }
    }

    private ChatOptions Reseeded(ChatOptions? options)
    {
        options = options?.Clone() ?? new();
        options.Seed = new SeedKey(options.Seed ?? 0, "fork", Task: _fork!.Parent.Id, Sample: _fork.Sample).ToSeed();
        return options;
    }

    // What was paid for once is not counted again, so the reply carries no usage.
    private static ChatResponse Said(TrajectoryNode node)
    {
        var response = new ChatResponse([.. node.Output.Select(m => m.Clone())]) { FinishReason = ChatFinishReason.Stop };
        if (node.Tokens is { } trace)
        {
            response.AdditionalProperties = new() { [TokenTrace.PropertyName] = trace };
            response.Usage = new() { InputTokenCount = 0, OutputTokenCount = 0 };
        }

        return response;
    }

    private static string KeyOf(string role, IReadOnlyList<ChatMessage> messages)
    {
        var key = new StringBuilder(role);
        foreach (var message in messages)
        {
            key.Append('\0').Append(message.Role.Value);
            foreach (var content in message.Contents)
            {
                key.Append('\0').Append(content switch
                {
                    TextContent text => text.Text,
                    FunctionCallContent call => $"{call.CallId} {call.Name}",
                    FunctionResultContent result => $"{result.CallId} {result.Result}",
                    _ => content.ToString(),
                });
            }
        }

        return key.ToString();
    }
}
