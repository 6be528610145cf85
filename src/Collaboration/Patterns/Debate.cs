namespace AgentTeams.Collaboration;

/// <summary>How members debate.</summary>
public sealed record DebateOptions : TeamOptions
{
    /// <summary>The most rounds, that of the first answers included.</summary>
    /// <value>At least 1; 2 by default.</value>
    public int Rounds { get; init; } = 2;

    /// <summary>Whether the debate ends with the round after which all give the same answer, as <see cref="Normalise"/> compares them.</summary>
    /// <value>True by default.</value>
    public bool StopsOnAgreement { get; init; } = true;

    /// <summary>Makes one text of answers that mean the same: a pure function.</summary>
    public Func<string, string> Normalise { get; init; } = Votes.Normalise;

    /// <summary>What a debater is asked in the first round.</summary>
    public Func<ConversationView, Prompt> Propose { get; init; } = TeamPrompts.Propose;

    /// <summary>What a debater is asked in later rounds; it sees all answers so far.</summary>
    public Func<ConversationView, Prompt> Reconsider { get; init; } = TeamPrompts.Reconsider;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, Rounds);
}

public static partial class TeamPatterns
{
    /// <summary>Members answer, see each other's answers and answer again, side by side; then a vote or a judge decides (Du et al. 2023, "Improving Factuality and Reasoning through Multiagent Debate").</summary>
    public static BoundWorkflow<Conversation, string, string> Debate(string name, IReadOnlyList<TeamMember> debaters, Aggregation judge, DebateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(judge);
        options ??= new();
        var team = new TeamGraph(name, debaters, options, least: 2);
        Prompt Argue(ConversationView view) => (view.Messages.Any(m => m.From == view.Self && m.Kind == MessageKinds.Proposal) ? options.Reconsider : options.Propose)(view);
        var round = team.AskAll("argue", team.Members, new(Argue, MessageKinds.Proposal));
        var rounds = team.Rounds("rounds", round, options.Rounds, LoopLimit.GoOn,
            s => options.StopsOnAgreement && Aggregation.Proposals(s.Messages, team.Names) is var said && !said.Any(p => p.IsWithheld) && said.Select(p => options.Normalise(p.Text)).Distinct(StringComparer.Ordinal).Count() == 1);
        return team.Build([rounds, .. judge.AddTo(team)]);
    }
}
