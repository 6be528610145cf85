using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>Who speaks next in a talk.</summary>
public sealed class TurnPolicy
{
    /// <summary>What a manager says to end a talk; no member can be named so.</summary>
    public const string End = "(end)";

    private readonly Func<Conversation, IReadOnlyList<string>, string?>? _next;
    private readonly TeamMember? _manager;
    private readonly Func<ConversationView, Prompt> _choose = TeamPrompts.Choose;

    private TurnPolicy(Func<Conversation, IReadOnlyList<string>, string?> next) => _next = next;

    private TurnPolicy(TeamMember manager, Func<ConversationView, Prompt> choose) => (_manager, _choose) = (manager, choose);

    /// <summary>In the order in which the members were declared, over and over.</summary>
    public static TurnPolicy RoundRobin { get; } = By((talk, members) => members[Said(talk) % members.Count]);

    /// <summary>By a pure function of the talk and the members' names; null ends the talk.</summary>
    public static TurnPolicy By(Func<Conversation, IReadOnlyList<string>, string?> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new(next);
    }

    /// <summary>By a manager, who is asked before every turn and may end the talk instead of naming a speaker. It takes no other part.</summary>
    /// <param name="manager">A role, or a workflow that answers in the same form.</param>
    /// <param name="choose">What it is asked; <see cref="TeamPrompts.Choose"/> unless given.</param>
    public static TurnPolicy Manager(TeamMember manager, Func<ConversationView, Prompt>? choose = null)
    {
        ArgumentNullException.ThrowIfNull(manager);
        return new(manager, choose ?? TeamPrompts.Choose);
    }

    /// <summary>By a manager.</summary>
    public static implicit operator TurnPolicy(Role manager) => Manager(manager);

    /// <summary>The node that sets <see cref="Conversation.Next"/>.</summary>
    internal NodeHandle AddTo(TeamGraph team, IReadOnlyList<TeamMember> speakers)
    {
        string[] names = [.. speakers.Select(s => s.Name)];
        if (_manager is null) return team.Builder.AddFunction("choose", s => s with { Next = Known(_next!(s, names), names) });
        Guard.Require(!names.Contains(_manager.Name, StringComparer.Ordinal), $"The manager '{_manager.Name}' is also a speaker. Give it a role of its own.");
        return team.Ask(_manager, new(_choose, MessageKinds.Verdict)
        {
            Form = new(ReplyForm.Object(("next", ReplyForm.OneOf([.. names, End])))),
            Say = message => message with { Visibility = MessageVisibility.Sender, Text = JsonElement.Parse(message.Text).GetProperty("next").GetString()! },
            Turn = Said,
            Hear = (state, message) => state with { Next = message.Text == End ? null : message.Text },
        });
    }

    /// <summary>How often someone has spoken: in a talk every speaker's turn is a round.</summary>
    internal static int Said(Conversation state) => state.Messages.Count(m => m.Kind == MessageKinds.Say);

    private static string? Known(string? next, string[] names) => next is null || names.Contains(next, StringComparer.Ordinal) ? next
        : throw new AgentTeamsException($"The turn policy named '{next}', who is no member. The members are: {string.Join(", ", names)}.");
}
