namespace AgentTeams.Rl;

/// <summary>Rewards the runs of one step, each once, and keeps the rewards in the store.</summary>
internal sealed class StepJudge(RlOptions options, Action<string> unjudgedFound)
{
    private readonly HashSet<Trajectory> _judged = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _gate = new();

    /// <summary>Runs that could not be judged.</summary>
    public int Unjudged { get; private set; }

    // A run that broke says nothing about the roles, so it is kept but neither judged nor learned from.
    public async Task<IReadOnlyList<Trajectory>> JudgeAsync(IReadOnlyList<Trajectory> rolled, CancellationToken cancellationToken)
    {
        var judged = rolled.Select((t, i) => (Trajectory: t, Index: i))
            .Where(t => !IsJudged(t.Trajectory) && (t.Trajectory.Status == TrajectoryStatus.Completed || LearnedRuns.IsPolicysFailure(options, t.Trajectory))).ToList();
        var problems = new List<string>();
        var scored = await options.Rewards!.ScoreAsync(judged.ConvertAll(j => j.Trajectory), problems, cancellationToken).ConfigureAwait(false);
        Trajectory[] result = [.. rolled];
        for (var i = 0; i < judged.Count; i++) result[judged[i].Index] = scored[i];
        foreach (var problem in problems) unjudgedFound(problem);
        if (options.Store is not null)
        {
            await options.Store.SetRewardsAsync([.. result.Where((t, i) => !t.Rewards.SequenceEqual(rolled[i].Rewards))], cancellationToken)
                .ConfigureAwait(false);
        }

        lock (_gate)
        {
            Unjudged += problems.Count;
            foreach (var run in result) _judged.Add(run);
        }

        return result;
    }

    /// <summary>Rewards all runs of some groups.</summary>
    public async Task<IReadOnlyList<ExperienceGroup>> JudgeAsync(IReadOnlyList<ExperienceGroup> groups, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var run in groups.Where(g => g.IsJudged).SelectMany(g => g.Trajectories)) _judged.Add(run);
        }

        var runs = await JudgeAsync([.. groups.SelectMany(g => g.Trajectories)], cancellationToken).ConfigureAwait(false);
        var greedy = await JudgeAsync([.. groups.SelectMany(g => g.Greedy)], cancellationToken).ConfigureAwait(false);
        var (atRun, atGreedy) = (0, 0);
        var judged = new List<ExperienceGroup>();
        foreach (var group in groups)
        {
            judged.Add(group with { Trajectories = [.. runs.Skip(atRun).Take(group.Trajectories.Length)], Greedy = [.. greedy.Skip(atGreedy).Take(group.Greedy.Length)] });
            (atRun, atGreedy) = (atRun + group.Trajectories.Length, atGreedy + group.Greedy.Length);
        }

        return judged;
    }

    /// <summary>Whether a run was judged in this step.</summary>
    public bool IsJudged(Trajectory trajectory)
    {
        lock (_gate) return _judged.Contains(trajectory);
    }
}
