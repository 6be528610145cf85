using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Workflows;

/// <summary>What changes while a workflow runs, but for the state itself. Used by one node at a time.</summary>
internal sealed class RunContext(TeamRuntime runtime, WorkflowRunOptions options, int nodes)
{
    private readonly HashSet<Type> _replaced = [];
    private readonly int[] _visits = new int[nodes];
    private readonly TurnCounter<int> _turns = new();
    private readonly Dictionary<string, List<ChatMessage>> _memory = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forgetful = new(StringComparer.Ordinal);

    public EventFeed Feed { get; } = new();

    public TimeProvider TimeProvider => options.TimeProvider;

    public SeedKey Seed => options.Seed;

    public ILogger Log { get; } = options.LoggerFactory.CreateLogger("AgentTeams.Workflow");

    /// <summary>The nodes that were entered, in order.</summary>
    public List<int> Path { get; } = [];

    /// <summary>The records whose results the next node uses.</summary>
    public ImmutableArray<string> Committed { get; set; } = [];

    /// <summary>A value as a record holds it.</summary>
    public JsonElement ToElement<T>(T value) => TrajectoryJson.ToElement(value, type =>
    {
        lock (_replaced)
        {
            if (!_replaced.Add(type)) return;
        }

        WorkflowLog.Replaced(Log, type);
    });

    public NodeVisit Enter(int index, string name)
    {
        Path.Add(index);
        return new(this, name, _visits[index]++, _turns.Enter(index), Path.Count - 1);
    }

    public bool StreamReplies => options.StreamReplies;

    public IServiceProvider? Services => runtime.Services;

    public IChatClient GetChatClient(Role role) => runtime.ChatClientSelector(role)
        ?? throw new AgentTeamsException($"TeamRuntime.ChatClientSelector returned no client for the role '{role.Name}'. Return one.");

    public PolicyId? GetPolicy(Role role) => runtime.Models?.Bindings.GetValueOrDefault(role.Name);

    /// <summary>Instructions and what the role remembers, in a list of the caller's own.</summary>
    public List<ChatMessage> Recall(Role role)
    {
        var messages = new List<ChatMessage>();
        if (role.Instructions.Length > 0) messages.Add(new(ChatRole.System, role.Instructions));
        if (_memory.TryGetValue(role.Name, out var remembered)) messages.AddRange(remembered);
        return messages;
    }

    public void Remember(Role role, List<ChatMessage> conversation)
    {
        if (role.Memory != MemoryPolicy.Conversation) return;
        var first = role.Instructions.Length > 0 ? 1 : 0;
        var kept = FirstExchangeWithin(conversation, first, role.MaxRememberedMessages);
        if (kept > first && _forgetful.Add(role.Name)) WorkflowLog.Forgotten(Log, role.Name, role.MaxRememberedMessages);
        _memory[role.Name] = conversation[kept..];
    }

    // A reply without its prompt, or a tool's result without its call, would be no conversation.
    private static int FirstExchangeWithin(List<ChatMessage> conversation, int first, int most)
    {
        var newest = conversation.FindLastIndex(m => m.Role == ChatRole.User);
        for (var i = Math.Max(first, conversation.Count - most); i < newest; i++)
        {
            if (i == first || conversation[i].Role == ChatRole.User) return i;
        }

        return Math.Max(first, newest);
    }
}
