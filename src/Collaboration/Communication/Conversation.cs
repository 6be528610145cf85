using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>
/// The state of a team at work: the task, what was said, and the answer. Protocols and patterns are workflows over it, so it is journaled, resumed,
/// forked and edited as any state.
/// </summary>
/// <param name="Task">What the team is asked.</param>
public sealed record Conversation(string Task)
{
    /// <summary>What was said, oldest first.</summary>
    public ImmutableArray<TeamMessage> Messages { get; init; } = [];

    /// <summary>What single members know besides the task, and the others do not; none by default.</summary>
    public ImmutableArray<PrivateObservation> Observations { get; init; } = [];

    /// <summary>Images and other parts that belong to the task; none by default. Roles are shown them, workflows inside are not.</summary>
    public ImmutableArray<AIContent> Attachments { get; init; } = [];

    /// <summary>The tasks of a plan and how far they are; empty where nobody plans.</summary>
    public ImmutableArray<LedgerTask> Ledger { get; init; } = [];

    /// <summary>What was refused to the end and nobody was shown; empty without <see cref="Governance"/>.</summary>
    public ImmutableArray<QuarantinedMessage> Quarantine { get; init; } = [];

    /// <summary>Who speaks next, where that is chosen; null where nobody was chosen, or the talk is over.</summary>
    public string? Next { get; init; }

    /// <summary>Whether the team came to its end by its stop rule; false while it works, and where a limit ended it.</summary>
    public bool IsSettled { get; init; }

    /// <summary>What the team answers; empty before its end.</summary>
    public string Answer { get; init; } = "";

    /// <summary>The newest message; null before the first.</summary>
    [JsonIgnore]
    public TeamMessage? Last => Messages.IsEmpty ? null : Messages[^1];

    /// <summary>The conversation with one more message, whose turn follows from those before.</summary>
    public Conversation Say(TeamMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message is { Visibility: MessageVisibility.Recipients, To.IsEmpty: true })
            throw new AgentTeamsException($"A message from '{message.From}' is for its recipients alone and names none. Give TeamMessage.To, or the visibility {nameof(MessageVisibility.Sender)}.");
        return Say(message, TurnOf(message));
    }

    /// <summary>The conversation with one more message, said in a turn that is known.</summary>
    internal Conversation Say(TeamMessage message, int turn) => this with { Messages = Messages.Add(message with { Turn = turn }) };

    /// <summary>The newest message of a kind; null where there is none.</summary>
    public TeamMessage? LastOf(string kind) => Messages.LastOrDefault(m => m.Kind == kind);

    /// <summary>All that a member may see: a pure function of the conversation.</summary>
    public ConversationView For(string member) => new()
    {
        Self = member,
        Task = Task,
        Observation = string.Join('\n', Observations.Where(o => o.Member == member).Select(o => o.Text)),
        Attachments = Attachments,
        Messages = [.. Messages.Where(m => m.IsVisibleTo(member))],
        Ledger = Ledger,
    };

    // The rule of a run's turns, told by who has spoken: side by side or one after another, a round is the same.
    private int TurnOf(TeamMessage message)
    {
        var current = Messages.IsEmpty ? 0 : Messages.Max(m => m.Turn);
        return Messages.Any(m => m.Turn == current && m.From == message.From && m.Kind == message.Kind && m.Purpose == message.Purpose) ? current + 1 : current;
    }
}

/// <summary>What one member knows and the others do not.</summary>
/// <param name="Member">The member's name.</param>
/// <param name="Text">What it knows.</param>
public sealed record PrivateObservation(string Member, string Text);
