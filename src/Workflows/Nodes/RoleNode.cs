using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

internal sealed class RoleNode<TState>(
    Role role, Func<TState, Prompt> prompt, Func<TState, ChatResponse, TState> update,
    Func<TState, ChatResponse, string?>? validate, NodeOptions<TState> options)
    : WorkflowNode<TState>(role.Name, options)
    where TState : notnull
{
    private readonly RoleInvocation _invocation = new(role, options.Name ?? role.Name, options.Timeout);

    public override NodeKind Kind => NodeKind.Role;

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path)
    {
        foreach (var problem in OptionChecks.ProblemsOf(role)) yield return new(path, $"The role '{role.Name}' is not valid: {problem}", "Mend the role.");
        foreach (var twice in role.Tools.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return new(path, $"The role '{role.Name}' has {twice.Count()} tools named '{twice.Key}'.", "Give each tool a name of its own.");
    }

    public override async ValueTask<TState> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var client = visit.Run.GetChatClient(role);
        var asked = visit.Run.Recall(role);
        asked.AddRange((prompt(state) ?? throw new AgentTeamsException($"The prompt of the node '{Name}' returned null. Return a text or messages.")).Messages);
        for (var attempt = 0; ; attempt++)
        {
            var conversation = new List<ChatMessage>(asked);
            var response = await _invocation.AskAsync(visit, Calls, client, conversation, attempt, cancellationToken).ConfigureAwait(false);
            if (validate?.Invoke(state, response) is not { } problem)
            {
                visit.Run.Remember(role, conversation);
                return update(state, response);
            }

            var error = new InvalidAnswerException(role.Name, problem, attempt + 1, Options.MaxAnswers);
            if (attempt + 1 >= Options.MaxAnswers) throw error;
            visit.Reject(error, attempt);
        }
    }
}
