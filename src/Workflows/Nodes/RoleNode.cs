using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

internal sealed class RoleNode<TState>(
    Role role, Func<TState, Prompt> prompt, Func<TState, ChatResponse, TState> update,
    Func<TState, ChatResponse, string?>? validate, NodeOptions<TState> options)
    : WorkflowNode<TState>(role.Name, options)
    where TState : notnull
{
    private readonly RoleInvocation _invocation = new(role, options.Name ?? role.Name, options.Timeout);
    private readonly int _maxAnswers = options.MaxAnswers ?? new NodeDefaults().MaxAnswers;

    public override NodeShape Shape => NodeShape.Role;

    public override IReadOnlyList<StateWrites> Writes => [StateWrites.Of(update)];

    public override IEnumerable<Role> Roles => [role];

    protected override IEnumerable<WorkflowProblem> CheckOwn(string path)
    {
        foreach (var problem in OptionChecks.ProblemsOf(role)) yield return new(path, $"The role '{role.Name}' is not valid: {problem}", "Mend the role.");
        foreach (var twice in role.Tools.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return new(path, $"The role '{role.Name}' has {twice.Count()} tools named '{twice.Key}'.", "Give each tool a name of its own.");
    }

    public override ValueTask<NodeOutcome<TState>> ExecuteAsync(NodeVisit visit, TState state, CancellationToken cancellationToken)
    {
        var client = visit.Run.GetChatClient(role);
        return visit.Run.IsObserved ? ObserveAsync(visit, state, client, cancellationToken) : AnswerAsync(visit, state, client, cancellationToken);
    }

    private async ValueTask<NodeOutcome<TState>> ObserveAsync(NodeVisit visit, TState state, IChatClient client, CancellationToken cancellationToken)
    {
        using var agent = visit.Agent = new AgentObservation(visit, role, client);
        try
        {
            return await AnswerAsync(visit, state, client, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            agent.Fail(e);
            throw;
        }
    }

    private async ValueTask<NodeOutcome<TState>> AnswerAsync(NodeVisit visit, TState state, IChatClient client, CancellationToken cancellationToken)
    {
        var asked = visit.Scope.Memory.Recall(role);
        asked.AddRange((prompt(state) ?? throw new AgentTeamsException($"The prompt of the node '{Name}' returned null. Return a text or messages.")).Messages);
        for (var attempt = 0; ; attempt++)
        {
            // A replacement is asked the same question, or goes on from what was wrong; either way the caller's list stays as it is.
            var conversation = new List<ChatMessage>(asked);
            var response = await _invocation.AskAsync(visit, Calls, client, conversation, attempt, cancellationToken).ConfigureAwait(false);
            if (validate?.Invoke(state, response) is not { } problem)
            {
                Remember(visit, conversation);
                return new(update(state, response), response);
            }

            var error = new InvalidAnswerException(role.Name, problem, attempt + 1, _maxAnswers);
            if (attempt + 1 >= _maxAnswers) throw error;
            await visit.RejectAsync(error, response, attempt).ConfigureAwait(false);
            if (!Options.TellRejections) continue;
            asked = conversation;
            asked.Add(new(ChatRole.User, $"That answer is not valid: {problem} Answer again."));
        }
    }

    public override TState Apply(TState state, object? result) => update(state, (ChatResponse)result!);

    public override JsonElement? Write(object? result, IReadOnlyList<TrajectoryNode> records) => RecordedReply.Write((ChatResponse)result!, records, Name);

    public override object Read(VisitCommit recorded) => RecordedReply.Read(recorded.Result, recorded.Records, Name);

    public override ValueTask<NodeOutcome<TState>> ReplayAsync(NodeVisit visit, VisitCommit recorded, TState state, CancellationToken cancellationToken)
    {
        Recall(visit, recorded);
        return base.ReplayAsync(visit, recorded, state, cancellationToken);
    }

    /// <summary>Lets the role remember a visit that the journal holds.</summary>
    public void Recall(NodeVisit visit, VisitCommit recorded)
    {
        if (role.Memory != MemoryPolicy.Conversation) return;
        if (recorded.Remembered is { } conversation) visit.Scope.Memory.Remember(role, conversation);
        else if (recorded.LastCall(NodeKind.Role) is { } last) visit.Scope.Memory.Remember(role, [.. last.Input, .. last.Output]);
    }

    private void Remember(NodeVisit visit, List<ChatMessage> conversation)
    {
        if (role.Memory != MemoryPolicy.Conversation) return;
        visit.Scope.Memory.Remember(role, conversation);

        // What was said last is the whole conversation: memory, question and answer. Middleware may have sent something else.
        if (visit.LastHeld is not { } last || !last.Input.AsEnumerable().Concat(last.Output).SequenceEqual(conversation)) visit.Remembered = conversation;
    }
}
