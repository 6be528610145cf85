namespace AgentTeams.Collaboration;

/// <summary>How intentions are broadcast.</summary>
public sealed record IntentionOptions : RoundOptions
{
    /// <summary>The most rounds of intentions, revisions and actions.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int MaxRounds { get; init; } = 1;

    /// <summary>Whether a member is asked to revise, from what it sees once all have said what they intend: a pure function.</summary>
    /// <value>Always by default.</value>
    public Func<ConversationView, bool> NeedsRevision { get; init; } = _ => true;

    /// <summary>What a member is asked before anyone acts; it has no tools then.</summary>
    public Func<ConversationView, Prompt> Intend { get; init; } = TeamPrompts.Intend;

    /// <summary>What a member is asked when it has heard the others; it has no tools then.</summary>
    public Func<ConversationView, Prompt> Revise { get; init; } = TeamPrompts.Revise;

    /// <summary>What a member is asked in order to act, with its tools.</summary>
    public Func<ConversationView, Prompt> Act { get; init; } = TeamPrompts.Act;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxRounds);
}

/// <summary>Intentions, a barrier, revisions, a barrier, actions.</summary>
internal sealed class IntentionBroadcast(IntentionOptions options) : Protocol
{
    public const string Revised = "revised";

    public override BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members)
    {
        var team = new TeamGraph(name, members, options, least: 2);
        var until = options.Until ?? (_ => true);
        var intend = team.AskAll("intend", team.Members, new(options.Intend, MessageKinds.Intention) { MayAct = false });
        var revise = team.AskAll("revise", team.Members, new(options.Revise, MessageKinds.Intention) { MayAct = false, Purpose = Revised }, options.NeedsRevision);
        var act = team.AskAll("act", team.Members, new(options.Act, MessageKinds.Result));
        return team.Build(team.Rounds("rounds", team.Chain(intend, revise, act), options.MaxRounds, options.OnLimit, until), team.Answer(options.Answer ?? Results, until));
    }

    // What every member came to in the last round, in the order in which the members were declared.
    private static string Results(Conversation state) =>
        string.Join('\n', state.Messages.Where(m => m.Kind == MessageKinds.Result && m.Turn == state.Last!.Turn).Select(ConversationView.Line));
}
