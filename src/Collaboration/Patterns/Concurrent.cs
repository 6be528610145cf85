namespace AgentTeams.Collaboration;

/// <summary>How members answer side by side.</summary>
public sealed record ConcurrentOptions : TeamOptions
{
    /// <summary>What a member is asked; it sees nothing of what the others answer.</summary>
    public Func<ConversationView, Prompt> Propose { get; init; } = TeamPrompts.Propose;

    private protected override void CheckOwn(OptionChecks checks) { }
}

public static partial class TeamPatterns
{
    /// <summary>All members answer at once, and one answer is made of theirs: by a vote, a ranking or a judge (self-consistency, Wang et al. 2023, with members in place of samples).</summary>
    public static BoundWorkflow<Conversation, string, string> Concurrent(string name, IReadOnlyList<TeamMember> members, Aggregation aggregation, ConcurrentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        options ??= new();
        var team = new TeamGraph(name, members, options);
        return team.Build([team.AskAll("propose", team.Members, new(options.Propose, MessageKinds.Proposal)), .. aggregation.AddTo(team)]);
    }
}
