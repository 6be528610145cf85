namespace AgentTeams.Collaboration;

/// <summary>How a member questions others before it answers.</summary>
public sealed record MonologueOptions : RoundOptions
{
    /// <summary>The most rounds of a question and its answers.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxRounds { get; init; } = 4;

    /// <summary>What the asker is asked in every round.</summary>
    public Func<ConversationView, Prompt> Question { get; init; } = TeamPrompts.Question;

    /// <summary>What the answerers are asked in every round.</summary>
    public Func<ConversationView, Prompt> Reply { get; init; } = TeamPrompts.Reply;

    /// <summary>What the asker is asked at the end.</summary>
    public Func<ConversationView, Prompt> Conclude { get; init; } = TeamPrompts.Conclude;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxRounds);
}

/// <summary>An asker and its answerers, among themselves (Huang et al. 2022; IMMO: Yang et al. 2023). It ends when the asker says that it is ready, or by its rounds.</summary>
internal sealed class InnerMonologue(MonologueOptions options) : Protocol
{
    public override BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members)
    {
        var team = new TeamGraph(name, members, options, least: 2);
        var (asker, answerers) = (team.Members[0], team.Members[1..]);
        var until = options.Until ?? (s => s.LastOf(MessageKinds.Question)?.Text.Contains(TeamPrompts.Ready, StringComparison.Ordinal) == true);
        TeamMessage Inside(TeamMessage message) => message with { Visibility = MessageVisibility.Recipients, To = [.. team.Names.Where(n => n != message.From)] };
        var ask = team.Ask(asker, new(options.Question, MessageKinds.Question) { Node = $"ask {asker.Name}", Say = Inside });
        var reply = new MemberTurn(options.Reply) { Say = Inside };
        var answers = answerers.Length == 1 ? team.Ask(answerers[0], reply) : team.AskAll("replies", answerers, reply);
        team.Builder.Branch(ask, b => b.When(until, Workflow.End, "ready").Otherwise(answers)).From(answers);
        var conclude = team.Ask(asker, new(options.Conclude, MessageKinds.Answer) { Node = $"conclude {asker.Name}" });
        return team.Build(team.Rounds("monologue", ask, options.MaxRounds, options.OnLimit, until), conclude, team.Answer(options.Answer ?? (s => s.Last!.Text), until));
    }
}
