namespace AgentTeams.Collaboration;

/// <summary>Who takes part in a protocol or a pattern: a role, or a workflow from text to text, so that teams stand inside of teams.</summary>
/// <example><code>BoundWorkflow&lt;string, string&gt; board = ...; TeamMember[] members = [planner, board];</code></example>
public sealed class TeamMember
{
    private readonly Role? _role;
    private readonly BoundWorkflow<string, string>? _workflow;

    private TeamMember(Role role) => (_role, Name, Description) = (role, Guard.Name(role.Name, "role name"), role.Description);

    private TeamMember(BoundWorkflow<string, string> workflow)
    {
        (_workflow, Name) = (workflow, Guard.Name(workflow.Name, "workflow name"));
        Description = workflow.Description == workflow.Name ? "" : workflow.Description;
    }

    /// <summary>The role's or the workflow's name.</summary>
    public string Name { get; }

    /// <summary>What it does, for other members; empty where nobody said.</summary>
    public string Description { get; }

    /// <summary>A role takes part.</summary>
    public static implicit operator TeamMember(Role role) => FromRole(role);

    /// <summary>A workflow takes part: it is asked its prompt as a text, and says its output.</summary>
    public static implicit operator TeamMember(BoundWorkflow<string, string> workflow) => FromWorkflow(workflow);

    /// <summary>A role takes part.</summary>
    public static TeamMember FromRole(Role role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return new(role);
    }

    /// <summary>A workflow takes part: it is asked its prompt as a text, and says its output.</summary>
    public static TeamMember FromWorkflow(BoundWorkflow<string, string> workflow)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return new(workflow);
    }

    /// <summary>The member's name.</summary>
    public override string ToString() => Name;

    /// <summary>Adds the node in which the member answers.</summary>
    /// <param name="wf">The graph.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="prompt">What it is asked.</param>
    /// <param name="update">The state after its answer, and after how certain its model was of it.</param>
    /// <param name="form">What form the answer has; null for any text.</param>
    /// <param name="mayAct">Whether it may use its tools.</param>
    internal NodeHandle AddTo<TState>(WorkflowBuilder<TState> wf, string node, Func<TState, Prompt> prompt, Func<TState, string, double?, TState> update, ReplyForm? form = null, bool mayAct = true)
        where TState : notnull
    {
        if (_workflow is not null) return wf.AddWorkflow(_workflow, s => TextOf(prompt(s)), (s, text) => update(s, form is null ? text : form.Checked(Name, text), null), new() { Name = node });
        return wf.AddRole(Asked(form, mayAct), prompt, (s, reply) => update(s, reply.Text, Certainty.Of(reply)), form is null ? null : (_, reply) => form.Problem(reply.Text), new() { Name = node, TellRejections = true });
    }

    private Role Asked(ReplyForm? form, bool mayAct)
    {
        var role = mayAct ? _role! : _role! with { Tools = [], Options = _role.Options with { ToolMode = null } };
        if (form is null) return role;
        if (role.Options.ResponseSchema is not null)
            throw new AgentTeamsException($"The role '{Name}' has a ResponseSchema of its own, but answers here in the form of its team. Leave RoleOptions.ResponseSchema out.");
        return role with { Options = role.Options with { ResponseSchema = form.Schema } };
    }

    private static string TextOf(Prompt prompt) => string.Join('\n', prompt.Messages.Select(m => m.Text));
}
