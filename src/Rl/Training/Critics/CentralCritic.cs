using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>
/// One critic for the whole team that reads more than any role does: by default everything that was said before the invocation, whoever said it (centralised training,
/// decentralised execution: Lowe et al. 2017; MAAC of CoMLRL). It gives one value for an invocation, that of the state it begins in.
/// </summary>
/// <remarks>
/// <see cref="TrainingCheckpoints"/> hold the team's models and not the critic's: where a training is to be resumed exactly, save the critic beside each checkpoint and load it before it goes on.
/// </remarks>
/// <param name="model">The model whose policy has a value head; it may be smaller than the roles' own, and stays the caller's.</param>
/// <param name="policy">Its policy; it is trained here and by nobody else.</param>
/// <param name="optimizer">How it learns; null for every default.</param>
/// <example>
/// <code>
/// critic.AddValueHead(critic.Base);
/// var options = RlOptions.Grpo with { Advantage = new GaeAdvantage(), Critic = new CentralCritic(critic, critic.Base) };
/// </code>
/// </example>
public sealed class CentralCritic(ITrainableModel model, PolicyId policy, AdamWOptions? optimizer = null) : ICritic
{
    /// <summary>What the critic reads of a trajectory before an invocation.</summary>
    /// <value>The first prompt and all that was said since, the reader's role first, unless replaced.</value>
    public Func<Trajectory, TrajectoryNode, IReadOnlyList<ChatMessage>> View { get; init; } = Everything;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<double>>> ValuesAsync(IReadOnlyList<InvocationReturn> invocations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invocations);
        var scores = await model.ScoreAsync(policy, [.. invocations.Select(i => RowOf(i))], cancellationToken).ConfigureAwait(false);
        if (scores.Any(s => s.Values.Length == 0))
            throw new AgentTeamsException($"The critic '{policy}' has no value head. Add one with AddValueHead.");
        return [.. scores.Zip(invocations, (s, i) => (IReadOnlyList<double>)[.. Enumerable.Repeat((double)s.Values[0], Math.Max(1, i.Node.Tokens?.CompletionIds.Length ?? 1))])];
    }

    /// <inheritdoc/>
    public async Task<double> LearnAsync(IReadOnlyList<InvocationReturn> invocations, IReadOnlyList<double[]> returns, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invocations);
        ArgumentNullException.ThrowIfNull(returns);
        if (invocations.Count == 0) return 0;
        var rows = invocations.Select((v, i) => RowOf(v) with { Returns = [(float)returns[i][0]] }).ToList();
        var (loss, _) = await PolicyUpdate.ApplyAsync(model, policy, LossAggregation.SequenceMeanTokenMean.Weigh(rows), new ValueLoss { Clip = null }, optimizer ?? new(), cancellationToken)
            .ConfigureAwait(false);
        return 2 * loss.Loss;
    }

    private TrainingRow RowOf(InvocationReturn invocation)
    {
        // The head's value is that of the state in which the first of these ids is predicted.
        var ids = model.Tokenize(View(invocation.Trajectory, invocation.Node), "");
        return new() { PromptIds = ids.PromptIds, CompletionIds = ids.CompletionIds[..1], Role = invocation.Node.Role ?? "", TrajectoryId = invocation.Trajectory.Id, NodeId = invocation.Node.Id };
    }

    private static List<ChatMessage> Everything(Trajectory trajectory, TrajectoryNode node)
    {
        var before = trajectory.Nodes.TakeWhile(n => n.Id != node.Id).Where(n => n.Kind == NodeKind.Role).ToList();
        var first = before.Count > 0 ? before[0] : node;
        return [new(ChatRole.System, node.Role), .. first.Input.Where(m => m.Role != ChatRole.System), .. before.Select(n => new ChatMessage(ChatRole.User, $"{n.Role}: {n.Text}"))];
    }
}
