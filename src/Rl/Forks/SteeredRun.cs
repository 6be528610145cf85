using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// What is done to the model calls of the run that is under way here: replies of a parent, other models, drafts, greedy decoding. Flows with execution, so it holds
/// whatever a rollout does.
/// </summary>
internal sealed class SteeredRun
{
    private static readonly AsyncLocal<SteeredRun?> s_current = new();
    private readonly HashSet<string> _replayed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly ParentCalls _parent;
    private readonly Fork? _fork;
    private readonly IReadOnlyDictionary<string, CallChange> _seats;
    private readonly bool _isGreedy;
    private readonly int _departure;
    private readonly Dictionary<long, TokenTrace> _drafts = [];
    private bool _hasDeparted;

    private SteeredRun(Fork? fork, IReadOnlyDictionary<string, CallChange>? seats, bool isGreedy)
    {
        (_fork, _seats, _isGreedy, _parent) = (fork, seats ?? ImmutableDictionary<string, CallChange>.Empty, isGreedy, new(fork?.Parent));
        // By the parent's order and not by who comes first now: calls that run at the same time are then treated alike in every run.
        _departure = fork is null ? int.MaxValue : fork.Parent.Nodes.TakeWhile(n => n.Kind != NodeKind.Role || (!fork.Calls.ContainsKey(n.Id) && !fork.Roles.ContainsKey(n.Role ?? ""))).Count();
    }

    /// <summary>The run under way; null where calls go their usual way.</summary>
    public static SteeredRun? Current => s_current.Value;

    /// <summary>The likeliest token each time.</summary>
    /// <param name="seats">Other models in some seats; null for none.</param>
    public static SteeredRun Greedy(IReadOnlyDictionary<string, CallChange>? seats = null) => new(null, seats, isGreedy: true);

    /// <summary>Other models in some seats.</summary>
    public static SteeredRun Seated(IReadOnlyDictionary<string, CallChange> seats) => new(null, seats, isGreedy: false);

    /// <summary>The calls of an earlier run as drafts of the same calls.</summary>
    /// <param name="key">The key of the run.</param>
    /// <param name="earlier">The earlier run.</param>
    public static SteeredRun Drafted(SeedKey key, Trajectory earlier)
    {
        var run = new SteeredRun(null, null, isGreedy: false);
        foreach (var node in earlier.Nodes.Where(n => n is { Kind: NodeKind.Role, Tokens.CompletionIds.Length: > 0 }))
        {
            foreach (var call in CallAddress.Of(key, node)) run._drafts.TryAdd(call.ToSeed(), node.Tokens!);
        }

        return run;
    }

    /// <summary>A fork.</summary>
    /// <param name="fork">What is changed.</param>
    /// <param name="seats">Other models that sat in some seats of the parent; null for none.</param>
    public static SteeredRun Of(Fork fork, IReadOnlyDictionary<string, CallChange>? seats = null) => new(fork, seats, isGreedy: false);

    /// <summary>From here on calls go their usual way, until the method that says so returns.</summary>
    public static void Leave() => s_current.Value = null;

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
        var guest = _seats.GetValueOrDefault(role)?.Client;
        if (_isGreedy)
        {
            options = options?.Clone() ?? new();
            options.Temperature = 0;
        }

        if (options?.Seed is { } drawn && _drafts.TryGetValue(drawn, out var draft))
        {
            options = options.Clone();
            (options.AdditionalProperties ??= [])[TokenTrace.DraftPropertyName] = draft;
        }

        if (_fork is null) return (null, guest, options);
        lock (_gate)
        {
            var recorded = _parent.Take(role, messages, options?.Seed);
            var change = recorded is { Node: var node } && _fork.Calls.TryGetValue(node.Id, out var own) ? own : _fork.Roles.GetValueOrDefault(role);
            var isBehind = _fork.IsBranch && (recorded is { Place: var place } ? place > _departure : _hasDeparted);
            if (change is null && recorded is { Node: var said } && !isBehind)
            {
                _replayed.Add(said.Id);
                return (Said(said), null, null);
            }

            _hasDeparted |= change is not null;
            if (change?.Reply is { } reply) return (Said(reply), null, null);
            var isFresh = change is null ? isBehind : change.Client is null;
            return (null, change?.Client ?? guest, isFresh ? Reseeded(options) : options);
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
}
