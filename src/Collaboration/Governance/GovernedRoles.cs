namespace AgentTeams.Collaboration;

/// <summary>Governance in workflows that no protocol and no pattern made.</summary>
public static class GovernedRoles
{
    /// <summary>Adds a role whose answer is judged before the state, and so anybody else, sees it.</summary>
    /// <param name="wf">The workflow.</param>
    /// <param name="governance">What the answer must pass.</param>
    /// <param name="role">The role.</param>
    /// <param name="prompt">What it is asked in the current state.</param>
    /// <param name="update">The state after it; what was refused to the end comes as <see cref="GovernedReply.IsWithheld"/>.</param>
    /// <param name="node">The node's name; the role's unless given.</param>
    public static NodeHandle AddGovernedRole<TState>(this WorkflowBuilder<TState> wf, Governance governance, Role role, Func<TState, Prompt> prompt, Func<TState, GovernedReply, TState> update, string? node = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(wf);
        ArgumentNullException.ThrowIfNull(governance);
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(update);
        OptionChecks.Validate(governance);
        return governance.AddTo(wf, role, node ?? role.Name, s =>
        {
            var asked = prompt(s);
            return new(new() { Self = role.Name, Task = string.Join('\n', asked.Messages.Select(m => m.Text)) }, MessageKinds.Say, [.. asked.Messages]);
        }, (s, done) => update(s, Reply(governance, role.Name, done)), new());
    }

    private static GovernedReply Reply(Governance governance, string role, Delivery done)
    {
        if (done.Problem is not { } reason) return new(done.Text, null, done.Attempts);
        if (governance.OnQuarantine == QuarantineRule.Fail) throw new QuarantineException(role, done.Attempts, reason);
        return new(governance.Withheld(role), reason, done.Attempts);
    }
}

/// <summary>A role's answer that was judged.</summary>
/// <param name="Text">What it says; of a withheld answer what others may read in its place.</param>
/// <param name="Problem">Why it is withheld; null for an answer that was delivered.</param>
/// <param name="Attempts">How often the role was asked.</param>
public sealed record GovernedReply(string Text, string? Problem, int Attempts)
{
    /// <summary>Whether the answer was refused to the end.</summary>
    public bool IsWithheld => Problem is not null;
}
