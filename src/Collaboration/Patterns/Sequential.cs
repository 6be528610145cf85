namespace AgentTeams.Collaboration;

/// <summary>How members work one after another.</summary>
public sealed record SequentialOptions : TeamOptions
{
    /// <summary>What a member is asked; it sees the task and what all before it said.</summary>
    public Func<ConversationView, Prompt> Speak { get; init; } = TeamPrompts.Speak;

    private protected override void CheckOwn(OptionChecks checks) { }
}

public static partial class TeamPatterns
{
    /// <summary>One after another, each seeing what those before said; the last one's words are the answer.</summary>
    public static BoundWorkflow<Conversation, string, string> Sequential(string name, IReadOnlyList<TeamMember> members, SequentialOptions? options = null)
    {
        options ??= new();
        var team = new TeamGraph(name, members, options);
        return team.Build([.. team.Members.Select(m => team.Ask(m, new(options.Speak))), team.Answer(s => s.Last!.Text, _ => true)]);
    }

    /// <summary>Planning, execution and summary as three roles (Shen et al. 2024, α-UMi), each on a model of its own: <see cref="Sequential"/> with names for its places.</summary>
    public static BoundWorkflow<Conversation, string, string> PlanExecuteSummarise(string name, TeamMember planner, TeamMember executor, TeamMember summariser, SequentialOptions? options = null) =>
        Sequential(name, [planner, executor, summariser], options);
}
