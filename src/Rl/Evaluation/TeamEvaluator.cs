using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>Runs a team on tasks, held out from training as a rule, and counts.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="tasks">The tasks, and how one is run.</param>
/// <param name="isSuccess">Whether a completed run did what its task asked for.</param>
/// <param name="options">How often each task is run; every value has a default.</param>
/// <example>
/// <code>
/// var evaluator = new TeamEvaluator&lt;Problem&gt;(test, (p, run) => run.Outcome == p.Answer);
/// var after = await evaluator.EvaluateAsync("after", new SeedKey(1, "eval"));
/// Console.WriteLine($"{after.Success.Rate:P1}, 95 % between {after.Success.Interval.Low:P1} and {after.Success.Interval.High:P1}");
/// </code>
/// </example>
public sealed class TeamEvaluator<TTask>(TaskSet<TTask> tasks, Func<TTask, Trajectory, bool> isSuccess, EvaluationOptions? options = null) : ITeamEvaluator
{
    private readonly EvaluationOptions _options = Checked(options ?? new());

    /// <inheritdoc/>
    public EvaluationOptions Options => _options;

    /// <inheritdoc/>
    public int TaskCount => tasks.Tasks.Count;

    /// <inheritdoc/>
    public string TasksFingerprint => tasks.Fingerprint;

    /// <summary>What else to measure of each run that completed, by name; null where a run says nothing of it.</summary>
    public IReadOnlyDictionary<string, Func<TTask, Trajectory, double?>> Measures { get; init; } = ImmutableDictionary<string, Func<TTask, Trajectory, double?>>.Empty;

    /// <inheritdoc/>
    public ITeamEvaluator With(RolloutOptions rollouts) => new TeamEvaluator<TTask>(tasks, isSuccess, _options with { Rollouts = rollouts }) { Measures = Measures };

    /// <inheritdoc/>
    public async Task<TeamEvaluation> EvaluateAsync(string name, SeedKey key, CancellationToken cancellationToken = default) =>
        Measure(name, await RunAsync(key, cancellationToken).ConfigureAwait(false));

    /// <summary>The runs that <see cref="EvaluateAsync"/> counts, task by task, sample by sample.</summary>
    public Task<IReadOnlyList<Trajectory>> RunAsync(SeedKey key, CancellationToken cancellationToken = default)
    {
        var run = _options.Greedy ?? (_options.Samples == 1 && tasks.CanChange) ? tasks.Greedy() : tasks;
        return new RolloutRunner<TTask>(run.Rollout, run.GetId, _options.Rollouts).RunAsync(run.Tasks, _options.Samples, key, cancellationToken);
    }

    /// <summary>Counts runs that were made before.</summary>
    /// <param name="name">What is evaluated, for people.</param>
    /// <param name="trajectories">The runs, in any order.</param>
    public TeamEvaluation Measure(string name, IReadOnlyList<Trajectory> trajectories)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(trajectories);
        bool Succeeded(Trajectory run) => run.Status == TrajectoryStatus.Completed && isSuccess(tasks[run.TaskId], run);
        var success = SuccessRate.Of(trajectories, Succeeded);
        var byTask = trajectories.GroupBy(t => t.TaskId, StringComparer.Ordinal)
            .Select(g => (Id: g.Key, Runs: g.OrderBy(t => t.SampleIndex).Select(t => (Run: t, IsRight: Succeeded(t))).ToList())).ToList();
        var k = _options.AllK.Where(n => byTask.TrueForAll(t => t.Runs.Count >= n)).ToList();
        return new()
        {
            Name = name,
            Success = success,
            PassAtK = k.ToImmutableSortedDictionary(n => n, n => byTask.Average(t => Rl.PassAtK.Unbiased(t.Runs.Count, t.Runs.Count(r => r.IsRight), n))),
            MajorityAtK = k.ToImmutableSortedDictionary(n => n, n => byTask.Average(t => Majority(t.Runs.Take(n)) ? 1.0 : 0)),
            Measures = Measures.ToImmutableSortedDictionary(m => m.Key, m => Mean(trajectories, m.Value), StringComparer.Ordinal),
            Roles = RoleUsage.Of(trajectories, _options.Prices),
            Failed = trajectories.Count(t => t.Status != TrajectoryStatus.Completed),
            Tasks = [.. byTask.Select(t => new EvaluatedTask(t.Id, t.Runs.Count(r => r.IsRight), [.. t.Runs.Select(r => r.Run.Id)]))],
        };
    }

    private static bool Majority(IEnumerable<(Trajectory Run, bool IsRight)> runs) =>
        runs.GroupBy(r => r.Run.Outcome, StringComparer.Ordinal).Select((g, i) => (First: i, Votes: g.Count(), g.First().IsRight)).OrderByDescending(g => g.Votes).ThenBy(g => g.First).First().IsRight;

    private double Mean(IEnumerable<Trajectory> trajectories, Func<TTask, Trajectory, double?> measure) =>
        trajectories.Where(t => t.Status == TrajectoryStatus.Completed).Select(t => measure(tasks[t.TaskId], t)).OfType<double>().DefaultIfEmpty(double.NaN).Average();

    private static EvaluationOptions Checked(EvaluationOptions options)
    {
        OptionChecks.Validate(options);
        return options;
    }
}
