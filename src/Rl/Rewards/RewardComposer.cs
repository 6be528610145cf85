using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>
/// Runs reward functions over a batch and writes their rewards, weighted, into the trajectories. Scoring a trajectory again
/// replaces what the same functions wrote before and keeps all other rewards.
/// </summary>
public sealed class RewardComposer
{
    private readonly int _maxConcurrency = 1;
    private readonly ImmutableArray<(IRewardFunction Function, double Weight)> _parts;

    /// <summary>Creates a composer.</summary>
    /// <param name="parts">The functions, each with the finite factor by which its rewards count.</param>
    /// <exception cref="AgentTeamsException">There is no function, a name is used twice or a weight is not finite.</exception>
    public RewardComposer(params IEnumerable<(IRewardFunction Function, double Weight)> parts)
    {
        _parts = [.. parts];
        if (_parts.IsEmpty) throw new AgentTeamsException("The reward composer has no functions. Give it at least one.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (function, weight) in _parts)
        {
            if (!names.Add(function.Name)) throw new AgentTeamsException($"Two reward functions have the name '{function.Name}'. Give each its own.");
            if (!double.IsFinite(weight)) throw new AgentTeamsException($"The reward function '{function.Name}' has the weight {weight}. Give a finite one.");
        }
    }

    /// <summary>How many trajectories are judged at a time, at least 1; 1 unless set. Functions must be thread-safe above 1.</summary>
    /// <exception cref="AgentTeamsException">The value is below 1.</exception>
    public int MaxConcurrency
    {
        get => _maxConcurrency;
        init => _maxConcurrency = value >= 1 ? value : throw new AgentTeamsException($"The composer's MaxConcurrency is {value}. Give at least 1.");
    }

    /// <summary>Scores a batch; trajectories with the same <see cref="Trajectory.GroupId"/> see each other.</summary>
    /// <param name="trajectories">The batch; any number of groups, in any order.</param>
    /// <param name="cancellationToken">Ends the scoring; nothing is returned then.</param>
    /// <returns>The trajectories in the same order, with their rewards; one that did not complete and cannot be judged keeps those it had.</returns>
    /// <exception cref="AgentTeamsException">
    /// A function failed, answered nothing without being allowed to, named a target that the trajectory does not have or a
    /// value that is not finite; or a trajectory ended without any reward.
    /// </exception>
    public async Task<IReadOnlyList<Trajectory>> ScoreAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        return await ScoreAsync(trajectories, problems, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As above; tells of each run that did not complete and could not be judged, and leaves it as it was.</summary>
    internal async Task<IReadOnlyList<Trajectory>> ScoreAsync(IReadOnlyList<Trajectory> trajectories, List<string> unjudged, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
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
                throw new AgentTeamsException($"The reward function '{function.Name}' gave no reward for trajectory '{trajectory.Id}'. Return at least one, or let the function abstain.");
            foreach (var reward in answer)
            {
                RewardAttribution.Check(trajectory, reward);
                rewards.Add(reward with { Weight = reward.Weight * weight, Source = function.Name });
            }
        }

        if (rewards.Count == 0)
            throw new AgentTeamsException($"The trajectory '{trajectory.Id}' ended without any reward: every function abstained. Add one that judges every trajectory, for example an outcome reward.");
        return trajectory with { Rewards = [.. rewards] };
    }

    private static async ValueTask<IReadOnlyList<Reward>?> AskAsync(IRewardFunction function, Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken)
    {
        try
        {
            return await function.ScoreAsync(trajectory, group, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new AgentTeamsException($"The reward function '{function.Name}' failed on trajectory '{trajectory.Id}': {e.Message}", e);
        }
    }
}
