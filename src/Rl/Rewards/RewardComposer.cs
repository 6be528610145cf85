namespace AgentTeams.Rl;

/// <summary>
/// Runs reward functions over a batch and writes their rewards, weighted, into the trajectories. Scoring a trajectory again
/// replaces what the same functions wrote before and keeps all other rewards.
/// </summary>
/// <example>
/// <code>
/// var rewards = new RewardComposer()
///     .Add(tasks.Outcome((p, t) => t.Outcome == p.Answer ? 1 : 0))
///     .Add(new FormatReward("coder", IsExpression), weight: 0.1);
/// </code>
/// </example>
public sealed class RewardComposer
{
    private readonly List<(IRewardFunction Function, double Weight)> _parts = [];

    /// <summary>How many trajectories are judged at a time. Functions must be thread-safe above 1.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>The factor by which the rewards of each function count, by its name, in the order in which they were added.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Weights => [.. _parts.Select(p => KeyValuePair.Create(p.Function.Name, p.Weight))];

    /// <summary>The functions, in the order in which they were added. A run's configuration holds their public members, so that a changed one is noticed.</summary>
    public IReadOnlyList<IRewardFunction> Functions => [.. _parts.Select(p => p.Function)];

    internal bool IsEmpty => _parts.Count == 0;

    /// <summary>Adds a function.</summary>
    /// <param name="function">The function; its name must be new here.</param>
    /// <param name="weight">The finite factor by which its rewards count.</param>
    /// <returns>This composer.</returns>
    /// <exception cref="AgentTeamsException">The name is used already, the weight is not finite, or the function's options are not valid.</exception>
    public RewardComposer Add(IRewardFunction function, double weight = 1)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (_parts.Exists(p => p.Function.Name == function.Name))
            throw new AgentTeamsException($"Two reward functions have the name '{function.Name}'. Give each its own.");
        if (!double.IsFinite(weight)) throw new AgentTeamsException($"The reward function '{function.Name}' has the weight {weight}. Give a finite one.");
        OptionChecks.Validate(function);
        _parts.Add((function, weight));
        return this;
    }

    /// <summary>Scores a batch; trajectories with the same <see cref="Trajectory.GroupId"/> see each other.</summary>
    /// <param name="trajectories">The batch; any number of groups, in any order.</param>
    /// <param name="cancellationToken">Ends the scoring; nothing is returned then.</param>
    /// <returns>The trajectories in the same order, with their rewards; one that did not complete and cannot be judged keeps those it had.</returns>
    /// <exception cref="AgentTeamsException">
    /// A function failed (a judge with a <see cref="JudgeException"/>), answered nothing without being allowed to, named a target that the trajectory does not have or a
    /// value that is not finite; or a trajectory ended without any reward.
    /// </exception>
    public async Task<IReadOnlyList<Trajectory>> ScoreAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        return await ScoreAsync(trajectories, problems, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As above; tells of each run that did not complete and could not be judged, and leaves it as it was.</summary>
    internal async Task<IReadOnlyList<Trajectory>> ScoreAsync(IReadOnlyList<Trajectory> trajectories, List<string> unjudged,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        if (IsEmpty) throw new AgentTeamsException("The reward composer has no functions. Add at least one.");
        if (MaxConcurrency < 1) throw new AgentTeamsException($"RewardComposer.MaxConcurrency is {MaxConcurrency}. Give at least 1.");
        var groups = trajectories.GroupBy(t => t.GroupId, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, IReadOnlyList<Trajectory> (g) => [.. g], StringComparer.Ordinal);
        var scored = new Trajectory[trajectories.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, scored.Length, parallel, async (i, token) =>
        {
            try
            {
                scored[i] = await ScoreOneAsync(trajectories[i], groups[trajectories[i].GroupId], token).ConfigureAwait(false);
            }
            catch (AgentTeamsException e) when (trajectories[i].Status != TrajectoryStatus.Completed)
            {
                scored[i] = trajectories[i];
                lock (unjudged) unjudged.Add(e.Message);
            }
        }).ConfigureAwait(false);
        return scored;
    }

    private async ValueTask<Trajectory> ScoreOneAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken)
    {
        var rewards = trajectory.Rewards.Where(r => _parts.All(p => p.Function.Name != r.Source)).ToList();
        foreach (var (function, weight) in _parts)
        {
            var answer = await AskAsync(function, trajectory, group, cancellationToken).ConfigureAwait(false);
            if (answer is null || (answer.Count == 0 && !function.MayAbstain))
                throw new AgentTeamsException($"The reward function '{function.Name}' gave no reward for trajectory '{trajectory.Id}'. Return at least one, "
                    + "or let the function abstain.");
            foreach (var reward in answer)
            {
                RewardAttribution.Check(trajectory, reward);
                rewards.Add(reward with { Weight = reward.Weight * weight, Source = function.Name });
            }
        }

        if (rewards.Count == 0)
            throw new AgentTeamsException($"The trajectory '{trajectory.Id}' ended without any reward: every function abstained. Add one that judges every "
                + "trajectory, for example an outcome reward.");
        return trajectory with { Rewards = [.. rewards] };
    }

    private static async ValueTask<IReadOnlyList<Reward>?> AskAsync(IRewardFunction function, Trajectory trajectory, IReadOnlyList<Trajectory> group,
        CancellationToken cancellationToken)
    {
        try
        {
            return await function.ScoreAsync(trajectory, group, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not JudgeException && (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested))
        {
            throw new AgentTeamsException($"The reward function '{function.Name}' failed on trajectory '{trajectory.Id}': {e.Message}", e);
        }
    }
}
