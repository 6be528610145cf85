namespace AgentTeams.Rl;

/// <summary>
/// Judges the parts of each reply of a role, step by step or chunk by chunk, each reward attributed to the step's last token
/// (<see cref="RewardTarget.LastToken"/>): process supervision as in GRPO (Shao et al. 2024, section 4.1.3) and Math-Shepherd (Wang et al. 2024, section 3).
/// The position is there for estimators that work token by token; credit assigners give an invocation the sum of its steps.
/// </summary>
/// <remarks>
/// With <see cref="Deltas"/> a step earns the change of the score that it brought, its progress (Setlur et al. 2024, section 3): the sum telescopes to the last
/// score, so a reply earns nothing by having more steps. Without, divide by <see cref="ProcessStep.Count"/> where more steps should not earn more. A call
/// without recorded tokens, of a remote model, has one step, its whole text, and the reward is the node's. Tool calls are judged as well.
/// </remarks>
/// <example>
/// <code>
/// new ProcessReward
/// {
///     Role = "solver",
///     Steps = CompletionSteps.EndingWith("\n", ids => tokenizer.Decode(ids)),
///     Score = async (step, token) => await verifier.ScoreAsync(step.Trajectory.TaskId, step.TextSoFar, token),
/// }
/// </code>
/// </example>
public sealed record ProcessReward : IRewardFunction, IChecked
{
    /// <inheritdoc/>
    /// <value>"process" by default.</value>
    public string Name { get; init; } = "process";

    /// <summary>The role that is judged.</summary>
    public required string Role { get; init; }

    /// <summary>Cuts the token ids of a completion into steps; see <see cref="CompletionSteps"/>.</summary>
    public required Func<IReadOnlyList<int>, IReadOnlyList<CompletionStep>> Steps { get; init; }

    /// <summary>The score of a step; finite.</summary>
    public required Func<ProcessStep, CancellationToken, ValueTask<double>> Score { get; init; }

    /// <summary>Whether a step earns its score minus the score of the step before, that before the first being <see cref="Initial"/>.</summary>
    /// <value>False by default: it earns its score.</value>
    public bool Deltas { get; init; }

    /// <summary>The score before the first step; used with <see cref="Deltas"/>.</summary>
    /// <value>Finite; 0 by default.</value>
    public double Initial { get; init; }

    /// <inheritdoc/>
    public bool MayAbstain => true;

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">An option is invalid, or the steps are out of order or outside of the completion.</exception>
    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        OptionChecks.Validate(this);
        var rewards = new List<Reward>();
        foreach (var node in Invocations.Of(trajectory).Select(i => trajectory.Nodes[i]).Where(n => n.Role == Role && !n.Output.IsEmpty))
        {
            var steps = StepsOf(trajectory, node);
            var (before, textSoFar) = (Initial, "");
            for (var i = 0; i < steps.Count; i++)
            {
                textSoFar += steps[i].Text;
                var score = await Score(new(trajectory, node, steps[i], i, steps.Count, textSoFar), cancellationToken).ConfigureAwait(false);
                var value = Deltas ? score - before : score;
                rewards.Add(node.Tokens is null ? Reward.ForNode(node.Id, Name, value) : Reward.ForTokens(node.Id, steps[i].LastToken, Name, value));
                before = score;
            }
        }

        return rewards;
    }

    void IChecked.Check(OptionChecks checks) => checks
        .Require(Name.Length > 0, Name, "a name")
        .Require(Role.Length > 0, Role, "a role's name")
        .Require(double.IsFinite(Initial), Initial, "a finite number");

    private IReadOnlyList<CompletionStep> StepsOf(Trajectory trajectory, TrajectoryNode node)
    {
        if (node.Tokens is not { CompletionIds: var ids }) return [new(node.Text, 0, 0)];
        var steps = Steps(ids);
        var next = 0;
        foreach (var step in steps)
        {
            if (step.FirstToken < next || step.LastToken < step.FirstToken || step.LastToken >= ids.Length)
                throw new AgentTeamsException($"The step of the tokens {step.FirstToken} to {step.LastToken} of the node '{node.Id}' of trajectory '{trajectory.Id}' overlaps another or lies "
                    + $"outside of its {ids.Length} tokens. Cut the completion in order.");
            next = step.LastToken + 1;
        }

        return steps;
    }
}

/// <summary>A step that is judged, and where it stands.</summary>
/// <param name="Trajectory">The run.</param>
/// <param name="Node">The reply.</param>
/// <param name="Step">The part of it.</param>
/// <param name="Index">The step's zero-based number.</param>
/// <param name="Count">How many steps the reply has.</param>
/// <param name="TextSoFar">The texts of the steps up to this one, which verifiers of processes read.</param>
public sealed record ProcessStep(Trajectory Trajectory, TrajectoryNode Node, CompletionStep Step, int Index, int Count, string TextSoFar);
