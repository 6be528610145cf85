namespace AgentTeams.Collaboration;

/// <summary>How a cascade goes from small to large.</summary>
public sealed record CascadeOptions : TeamOptions
{
    /// <summary>Whether greater members see what smaller ones answered.</summary>
    /// <value>False by default: each answers for itself.</value>
    public bool ShowsEarlier { get; init; }

    /// <summary>What each member is asked.</summary>
    public Func<ConversationView, Prompt> Propose { get; init; } = TeamPrompts.Propose;

    private protected override void CheckOwn(OptionChecks checks) { }
}

public static partial class TeamPatterns
{
    /// <summary>
    /// The cheapest member answers; where that is not enough the next is asked, up to the greatest, whose answer stands (FrugalGPT, Chen et al. 2023). A member may be a whole team.
    /// </summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="members">From the cheapest to the greatest, at least two.</param>
    /// <param name="escalation">When the next is asked.</param>
    /// <param name="options">Prompts and what members see; every value has a default.</param>
    public static BoundWorkflow<Conversation, string, string> Cascade(string name, IReadOnlyList<TeamMember> members, Escalation escalation, CascadeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(escalation);
        options ??= new();
        var team = new TeamGraph(name, members, options, least: 2);
        var answer = team.Answer(s => Delivered.LastOf(s, MessageKinds.Proposal)!.Text, _ => true);
        var next = team.Ask(team.Members[^1], Turn(team.Members[^1]));
        team.Builder.From(next).Then(answer);
        foreach (var member in team.Members.Reverse().Skip(1))
        {
            var nodes = escalation.AddTo(team, member, Turn(member));
            if (nodes.Count > 1) team.Chain(nodes);
            team.Builder.Branch(nodes[^1], b => b.When(s => Escalation.AnswerOf(s, member.Name).IsWithheld || escalation.GoesOn(s, member.Name), next, "not enough").Otherwise(answer, "enough"));
            next = nodes[0];
        }

        team.Builder.Start(next);
        return team.Bind();

        MemberTurn Turn(TeamMember member) => new(options.Propose, MessageKinds.Proposal)
        {
            Node = member.Name, Purpose = member.Name, Turn = _ => 0, See = view => options.ShowsEarlier ? view with { Messages = [.. view.Messages.Where(m => m.Kind == MessageKinds.Proposal)] } : view with { Messages = [] },
        };
    }
}
