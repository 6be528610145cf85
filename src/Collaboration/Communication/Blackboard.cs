using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>How members share a board.</summary>
public sealed record BlackboardOptions : RoundOptions
{
    /// <summary>The most rounds, in each of which every member may post once.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxRounds { get; init; } = 4;

    /// <summary>
    /// Whether members post one after another, each seeing the board with what the one before posted, or all at once. Of two posts at once under one key the
    /// one of the member that was declared later stays.
    /// </summary>
    /// <value>One after another by default.</value>
    public ActionOrder Order { get; init; } = ActionOrder.Sequential;

    /// <summary>What a member is asked. The messages that it sees are the newest post of every key.</summary>
    public Func<ConversationView, Prompt> Post { get; init; } = TeamPrompts.Post;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxRounds);
}

/// <summary>Keys and values that all see (Hayes-Roth 1985). It ends when the key <see cref="MessageKinds.Answer"/> was posted, or nobody posts in a round.</summary>
internal sealed class Blackboard(BlackboardOptions options) : Protocol
{
    private static readonly ReplyForm s_form = new(ReplyForm.Object(("key", ReplyForm.Text()), ("value", ReplyForm.Text())));

    public override BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members)
    {
        var team = new TeamGraph(name, members, options);
        var until = options.Until ?? IsOver;
        var turn = new MemberTurn(options.Post, MessageKinds.Post) { Form = s_form, See = view => view with { Messages = Board(view.Messages) }, Say = Read };
        var round = options.Order == ActionOrder.Simultaneous && team.Members.Length > 1
            ? team.AskAll("post", team.Members, turn)
            : team.Chain([.. team.Members.Select(m => team.Ask(m, turn))]);
        return team.Build(team.Rounds("rounds", round, options.MaxRounds, options.OnLimit, until),
            team.Answer(options.Answer ?? (s => Find(s)?.Text ?? string.Join('\n', Board(s.Messages).Select(m => $"{m.Purpose}: {m.Text}"))), until));

        bool IsOver(Conversation s) => Find(s) is not null || s.Messages.TakeLast(team.Members.Length).All(m => m.Purpose.Length == 0);
    }

    /// <summary>The newest post of every key, in the order in which the keys were first posted.</summary>
    public static ImmutableArray<TeamMessage> Board(IEnumerable<TeamMessage> messages) =>
        [.. messages.Where(m => m is { Kind: MessageKinds.Post, Purpose.Length: > 0, IsWithheld: false }).GroupBy(m => m.Purpose, StringComparer.Ordinal).Select(g => g.Last())];

    private static TeamMessage? Find(Conversation state) => Board(state.Messages).FirstOrDefault(m => m.Purpose == MessageKinds.Answer);

    private static TeamMessage Read(TeamMessage message)
    {
        var posted = JsonElement.Parse(message.Text);
        var key = posted.GetProperty("key").GetString()!;
        // Who posts nothing is heard, so that the end is known, and seen by nobody.
        return message with { Purpose = key, Text = posted.GetProperty("value").GetString()!, Visibility = key.Length == 0 ? MessageVisibility.Sender : MessageVisibility.Everyone };
    }
}
