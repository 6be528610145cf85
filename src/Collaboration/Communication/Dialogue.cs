namespace AgentTeams.Collaboration;

/// <summary>How members talk in free words.</summary>
public sealed record DialogueOptions : RoundOptions
{
    /// <summary>The most turns, each of one speaker.</summary>
    /// <value>At least 1; 6 by default.</value>
    public int MaxTurns { get; init; } = 6;

    /// <summary>Who speaks next.</summary>
    /// <value>The members in their order by default.</value>
    public TurnPolicy Policy { get; init; } = TurnPolicy.RoundRobin;

    /// <summary>What a speaker is asked.</summary>
    public Func<ConversationView, Prompt> Speak { get; init; } = TeamPrompts.Speak;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxTurns).RequireThat(Policy is not null, "Policy is null; give a TurnPolicy.");
}

/// <summary>One speaker after another. Its stop rule is looked at after every turn; without one, the talk ends when the policy names nobody.</summary>
internal sealed class Dialogue(DialogueOptions options) : Protocol
{
    public override BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members)
    {
        var team = new TeamGraph(name, members, options, least: 2);
        bool IsOver(Conversation s) => s.Next is null || options.Until?.Invoke(s) == true;
        var choose = options.Policy.AddTo(team, team.Members);
        team.ToNext(choose, team.Members, m => team.Ask(m, new(options.Speak) { Turn = TurnPolicy.Said }));
        // How it ended is known in the loop alone: the answer clears who would have been next.
        return team.Build(team.Rounds("talk", choose, options.MaxTurns, options.OnLimit, IsOver), team.Answer(options.Answer ?? (s => s.LastOf(MessageKinds.Say)?.Text ?? ""), IsOver));
    }
}
