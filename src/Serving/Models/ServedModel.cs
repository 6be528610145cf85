using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>
/// Makes one chat client of a role or of a whole team, to be served under one name. Chat clients themselves are served as they are. None of these
/// disposes what it is given.
/// </summary>
/// <example>
/// <code>
/// var coder = ServedModel.From(coderRole, model.GetChatClient(coderPolicy));
/// var team = ServedModel.From(workflow, question => new MathState(question), s => s.Value, TeamRuntime.ForAll(client));
/// </code>
/// </example>
public static class ServedModel
{
    /// <summary>
    /// A role: its instructions lead every conversation, and its options hold where a request gives none. A role with tools calls them by itself,
    /// here on the server, and its reply is told as a whole when it is done; one without takes the tools of requests.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="client">The model that answers for it.</param>
    /// <exception cref="AgentTeamsException">The role is not valid.</exception>
    public static IChatClient From(Role role, IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(client);
        OptionChecks.Validate(role, $"The role '{role.Name}'");
        return role.Tools.Count == 0 ? new RoleChatClient(role, client) : new ToolRoleChatClient(role, client);
    }

    /// <summary>
    /// A team that is asked questions: each request is a run of the workflow of its own. The run begins with the text of the newest user message;
    /// earlier messages are not read, so bind the workflow with <see cref="WorkflowBinding.BindChat"/> where they matter.
    /// </summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="start">The state in which a run begins, from the question.</param>
    /// <param name="outcome">The reply, from the state in which a run ended.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The limits and clock of each run; the seed of a request takes the place of its key's.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or name a store.</exception>
    public static IChatClient From<TState>(
        Workflow<TState> workflow, Func<string, TState> start, Func<TState, string> outcome, TeamRuntime runtime, WorkflowRunOptions? options = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(outcome);
        return From(workflow.BindChat(messages => start(messages[^1].Text), s => outcome(s)), runtime, options);
    }

    /// <summary>A team that reads the whole conversation: each request is a run of the workflow of its own.</summary>
    /// <param name="workflow">The workflow; <see cref="WorkflowBinding.BindChat"/> binds it.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The limits and clock of each run; the seed of a request takes the place of its key's.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or name a store.</exception>
    public static IChatClient From(BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(runtime);
        options ??= new();
        OptionChecks.Validate(options);
        // Under one id, the second request would go on with the run of the first.
        if (options.Checkpoints is not null)
        {
            throw new AgentTeamsException($"WorkflowRunOptions.Checkpoints is given for the served team '{workflow.Name}', but each request is a run of its "
                + "own. Leave it out.");
        }

        return new TeamChatClient(workflow, runtime, options);
    }

    /// <summary>A team that code of your own runs: each request is asked once, and the outcome of the run is the reply.</summary>
    /// <param name="ask">Runs the team on the text of the newest user message, with a key of its own that derives from the request's seed. A run that did not complete fails the request.</param>
    public static IChatClient From(Func<string, SeedKey, CancellationToken, Task<Trajectory>> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        return new AskedTeamClient(ask);
    }
}
