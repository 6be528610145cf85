namespace AgentTeams.Collaboration;

public static partial class TeamPatterns
{
    /// <summary>
    /// A talk whose next speaker a manager picks: in turn, by a function, or a role that may also end it (AutoGen, Wu et al. 2023). It is
    /// <see cref="Protocol.Dialogue"/> with that policy; the last words are the answer unless the options say otherwise.
    /// </summary>
    public static BoundWorkflow<Conversation, string, string> GroupChat(string name, IReadOnlyList<TeamMember> members, TurnPolicy manager, DialogueOptions? options = null) =>
        Protocol.Dialogue((options ?? new()) with { Policy = manager }).ToWorkflow(name, members);
}
