using System.Text.Json;

namespace AgentTeams.Collaboration;

/// <summary>How members hand a task to each other.</summary>
public sealed record HandoffOptions : RoundOptions
{
    /// <summary>The most times that the task changes hands.</summary>
    /// <value>At least 1; 6 by default.</value>
    public int MaxHandoffs { get; init; } = 6;

    /// <summary>To whom a member may hand over, by its name; a name that is no member's is refused when the team is built.</summary>
    /// <value>Null, the default, for everyone else.</value>
    public Func<string, IReadOnlyList<string>>? Routes { get; init; }

    /// <summary>What the member who has the task is asked.</summary>
    public Func<ConversationView, Prompt> HandOff { get; init; } = TeamPrompts.HandOff;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxHandoffs);
}

public static partial class TeamPatterns
{
    /// <summary>
    /// The first member has the task; whoever has it answers, or names the one who takes over. A name that the member may not hand to is refused, recorded as a
    /// refused answer, and asked for again. When the handoffs are used up, <see cref="RoundOptions.OnLimit"/> says whether the last words are the answer.
    /// </summary>
    public static BoundWorkflow<Conversation, string, string> Handoff(string name, IReadOnlyList<TeamMember> members, HandoffOptions? options = null)
    {
        options ??= new();
        var team = new TeamGraph(name, members, options, least: 2);
        bool IsOver(Conversation s) => s.Next is null || options.Until?.Invoke(s) == true;
        var take = team.Builder.AddFunction("take", s => s with { Next = s.Next ?? team.Members[0].Name });
        team.ToNext(take, team.Members, member =>
        {
            var routes = options.Routes?.Invoke(member.Name) ?? [.. team.Names.Where(n => n != member.Name)];
            var stranger = routes.FirstOrDefault(r => !team.Names.Contains(r, StringComparer.Ordinal));
            Guard.Require(stranger is null, $"'{member.Name}' may hand over to '{stranger}', who is no member. The members are: {string.Join(", ", team.Names)}.");
            return team.Ask(member, new(options.HandOff)
            {
                Form = new(ReplyForm.Object(("handoff", ReplyForm.OneOf([.. routes, ""])), ("text", ReplyForm.Text()))),
                See = view => view with { Others = [.. view.Others.Where(o => routes.Contains(o.Name, StringComparer.Ordinal))] },
                Say = message => Read(message, "handoff"),
                Turn = TurnPolicy.Said,
                Hear = (s, message) => s with { Next = !message.To.IsEmpty ? message.To[0] : message.IsWithheld ? message.From : null },
            });
        });
        return team.Build(team.Rounds("handoffs", take, options.MaxHandoffs + 1, options.OnLimit, IsOver), team.Answer(options.Answer ?? (s => s.Last!.Text), IsOver));
    }

    private static TeamMessage Read(TeamMessage message, string recipient)
    {
        var reply = JsonElement.Parse(message.Text);
        var to = reply.GetProperty(recipient).GetString()!;
        return message with { To = to.Length == 0 ? [] : [to], Text = reply.GetProperty("text").GetString()! };
    }
}
