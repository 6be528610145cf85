namespace AgentTeams.Collaboration;

/// <summary>
/// How the members of a team talk. A protocol is a value that makes a workflow of any members, so that a team runs under another one by changing one
/// line; what comes out is recorded, resumed, trained and served as every bound workflow.
/// </summary>
/// <example>
/// <code>
/// TeamMember[] team = [planner, coder];
/// var solve = Protocol.Dialogue(new() { MaxTurns = 6 }).ToWorkflow("solve", team);
/// string answer = await solve.RunAsync("Sort a list.", runtime);
/// </code>
/// </example>
public abstract class Protocol
{
    /// <summary>The team at work: a task in, an answer out.</summary>
    /// <param name="name">The workflow's name.</param>
    /// <param name="members">Who takes part: roles, and workflows from text to text.</param>
    /// <exception cref="AgentTeamsException">An option, a name or the number of members is not valid.</exception>
    public abstract BoundWorkflow<Conversation, string, string> ToWorkflow(string name, IReadOnlyList<TeamMember> members);

    /// <summary>Typed messages: each member reads what it may see and sends one envelope a round, until an answer is sent.</summary>
    public static Protocol MessagePassing(MessagePassingOptions? options = null) => new MessagePassing(options ?? new());

    /// <summary>Intentions first: all say what they mean to do, hear each other, revise, and only then act.</summary>
    public static Protocol IntentionBroadcast(IntentionOptions? options = null) => new IntentionBroadcast(options ?? new());

    /// <summary>Free words, one speaker after another.</summary>
    public static Protocol Dialogue(DialogueOptions? options = null) => new Dialogue(options ?? new());

    /// <summary>The first member asks the others in private, round after round, and then answers; what was said inside is no part of the answer.</summary>
    public static Protocol InnerMonologue(MonologueOptions? options = null) => new InnerMonologue(options ?? new());

    /// <summary>A shared board of keys and values, which all members read and write.</summary>
    public static Protocol Blackboard(BlackboardOptions? options = null) => new Blackboard(options ?? new());
}
