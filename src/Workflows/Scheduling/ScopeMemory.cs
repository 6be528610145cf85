using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Workflows;

/// <summary>What the roles of a scope remember. A branch begins with what the fork remembered; a join adds what its branches learnt, in their order.</summary>
internal sealed class ScopeMemory
{
    private readonly ILogger _log;
    private readonly ScopeMemory? _fork;
    private Dictionary<string, Memory>? _roles;
    private Dictionary<(string Role, string Question), string>? _asides;

    public ScopeMemory(ILogger log) => _log = log;

    /// <summary>The memory of a branch.</summary>
    public ScopeMemory(ScopeMemory fork) => (_log, _fork) = (fork._log, fork);

    /// <summary>Instructions and what the role remembers, in a list of the caller's own.</summary>
    public List<ChatMessage> Recall(Role role)
    {
        var messages = new List<ChatMessage>();
        if (role.Instructions.Length > 0) messages.Add(new(ChatRole.System, role.Instructions));
        if (Find(role.Name) is { } memory) messages.AddRange(memory.Messages);
        return messages;
    }

    public void Remember(Role role, IReadOnlyList<ChatMessage> conversation)
    {
        if (role.Memory != MemoryPolicy.Conversation) return;
        var first = role.Instructions.Length > 0 ? 1 : 0;
        var before = Find(role.Name)?.Messages.Count ?? 0;
        Keep(role.Name, role.MaxRememberedMessages, [.. conversation.Skip(first)], conversation.Count - first - before);
    }

    /// <summary>What middleware was answered when it asked this, or null.</summary>
    public string? FindAside(string role, string question) => _asides?.GetValueOrDefault((role, question)) ?? _fork?.FindAside(role, question);

    /// <summary>Keeps what middleware was answered, so that it need not ask again.</summary>
    public void KeepAside(TrajectoryNode aside)
    {
        if (aside is { Error: null, Role: { } role, Input: [var question] }) (_asides ??= [])[(role, question.Text)] = aside.Text;
    }

    /// <summary>Adds what a branch learnt.</summary>
    public void Join(ScopeMemory branch)
    {
        foreach (var (question, answer) in branch._asides ?? []) (_asides ??= [])[question] = answer;
        if (branch._roles is null) return;
        foreach (var (role, learnt) in branch._roles)
        {
            var news = learnt.Messages.TakeLast(learnt.New).ToList();
            Keep(role, learnt.Most, [.. Find(role)?.Messages ?? [], .. news], news.Count);
        }
    }

    private Memory? Find(string role) => _roles?.GetValueOrDefault(role) ?? _fork?.Find(role);

    private void Keep(string role, int most, List<ChatMessage> messages, int added)
    {
        var old = _roles?.GetValueOrDefault(role);
        var kept = FirstExchangeWithin(messages, most);
        var forgot = old?.Forgot ?? false;
        if (kept > 0 && !forgot) WorkflowLog.Forgotten(_log, role, most);
        (_roles ??= new(StringComparer.Ordinal))[role] = new(messages[kept..], (old?.New ?? 0) + added, most, forgot || kept > 0);
    }

    // A reply without its prompt, or a tool's result without its call, would be no conversation.
    private static int FirstExchangeWithin(List<ChatMessage> conversation, int most)
    {
        var newest = conversation.FindLastIndex(m => m.Role == ChatRole.User);
        for (var i = Math.Max(0, conversation.Count - most); i < newest; i++)
        {
            if (i == 0 || conversation[i].Role == ChatRole.User) return i;
        }

        return Math.Max(0, newest);
    }

    private sealed record Memory(List<ChatMessage> Messages, int New, int Most, bool Forgot);
}
