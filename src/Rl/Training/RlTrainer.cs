using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Rl;

/// <summary>
/// Trains a team from rewards: a step samples groups of rollouts, rewards them, stores them, turns rewards into advantages and
/// updates every trainable policy. A step is a function of the weights, the seed and its number, so it can be repeated exactly.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed partial class RlTrainer<TTask>
{
    private readonly TeamModels _models;
    private readonly IReadOnlyList<TTask> _tasks;
    private readonly RolloutRunner<TTask> _runner;
    private readonly RewardComposer _rewards;
    private readonly ITrajectoryStore? _store;
    private readonly RlOptions _options;
    private readonly KlReference? _reference;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    /// <summary>Creates a trainer.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="tasks">The tasks to train on.</param>
    /// <param name="taskId">The id of a task, unique among the tasks.</param>
    /// <param name="rollout">Runs the team once.</param>
    /// <param name="rewards">Judges the trajectories.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="store">Where trajectories are kept, or null.</param>
    /// <param name="logger">Is told of refused updates and failed rollouts.</param>
    /// <param name="timeProvider">The clock by which steps are timed; the system's unless set.</param>
    /// <param name="reference">
    /// What the KL penalty keeps near, where its coefficient is not 0; the caller disposes it. Null for the weights before the first step, which
    /// only a run that begins there can know: a run that is resumed gives <see cref="TrainingCheckpoints.Reference"/>.
    /// </param>
    /// <exception cref="AgentTeamsException">There are no tasks, two share an id, or an option is out of range.</exception>
    public RlTrainer(
        TeamModels models, IReadOnlyList<TTask> tasks, Func<TTask, string> taskId, Rollout<TTask> rollout,
        RewardComposer rewards, RlOptions options, ITrajectoryStore? store = null, ILogger? logger = null, TimeProvider? timeProvider = null, KlReference? reference = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (tasks.Count == 0) throw new AgentTeamsException("There are no tasks to train on. Give at least one.");
        if (tasks.GroupBy(taskId, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new AgentTeamsException($"The task id '{twice.Key}' is used {twice.Count()} times. Give each task its own.");
        (_models, _tasks, _rewards, _options, _store, _reference) = (models, tasks, rewards, options, store, reference);
        _logger = logger ?? NullLogger.Instance;
        _time = timeProvider ?? TimeProvider.System;
        _runner = new RolloutRunner<TTask>(rollout, taskId, new() { Store = store, Models = models, Fingerprint = options.RolloutFingerprint, Logger = _logger });
    }

    /// <summary>Runs the steps from one on.</summary>
    /// <param name="run">The run's seed.</param>
    /// <param name="firstStep">The first step to run; the number of steps already done.</param>
    /// <param name="cancellationToken">Ends training; a step that has begun leaves no trace in the weights.</param>
    /// <exception cref="AgentTeamsException">The run is resumed with a KL coefficient but without a reference.</exception>
    /// <exception cref="RolloutsFailedException">All rollouts of a step failed and taught nothing; they are stored.</exception>
    public async IAsyncEnumerable<RlStep> TrainAsync(long run, int firstStep = 0, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var own = OwnReference(firstStep);
        for (var step = firstStep; step < _options.Steps; step++)
            yield return await StepAsync(new SeedKey(run, _options.Stage, step), own ?? _reference, cancellationToken).ConfigureAwait(false);
    }

    private KlReference? OwnReference(int firstStep)
    {
        if (_options.Loss.KlCoefficient == 0 || _reference is not null) return null;
        return firstStep == 0
            ? KlReference.Take(_models)
            : throw new AgentTeamsException($"The training goes on at step {firstStep} with a KL coefficient of {_options.Loss.KlCoefficient}, but without the reference it began with, so it would end elsewhere. Give the trainer TrainingCheckpoints.Reference.");
    }

    private async Task<RlStep> StepAsync(SeedKey key, KlReference? reference, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var rolled = await _runner.RunAsync(TasksOf(key), _options.GroupSize, key, cancellationToken).ConfigureAwait(false);
        var (trajectories, unjudged) = await ScoreAsync(rolled, cancellationToken).ConfigureAwait(false);
        var rolloutTime = _time.GetElapsedTime(start);
        EnsureSomethingRan(trajectories, key.Step);

        var learned = trajectories.Where(IsLearnedFrom).ToList();
        var returns = learned.SelectMany(ReturnsOf).ToList();
        var advantages = AdvantageBatch.Compute(returns, _options.Advantage, _options.GroupKey, _options.SampleUnit);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in advantages.Report.ToMetrics()) metrics[name] = value;
        RolloutMetrics.Add(metrics, trajectories);
        metrics["rollouts/unjudged"] = unjudged;
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the step is not interrupted, since half a step could not be resumed.
        start = _time.GetTimestamp();
        var (updates, refused) = Update(advantages, key.Step, reference, metrics);
        return new RlStep
        {
            Step = key.Step, Metrics = metrics, Trajectories = trajectories, Updates = updates, Refused = refused,
            RolloutTime = rolloutTime, UpdateTime = _time.GetElapsedTime(start),
        };
    }

    private IEnumerable<InvocationReturn> ReturnsOf(Trajectory trajectory)
    {
        var counted = Invocations.Of(trajectory).Select(i => trajectory.Nodes[i].Id).ToHashSet(StringComparer.Ordinal);
        var returns = _options.Credit.Assign(trajectory).Where(r => counted.Contains(r.Node.Id));
        return _options.RejectedAnswerReturn is { } rejected
            ? returns.Concat(Invocations.Superseded(trajectory).Select(i => new InvocationReturn(trajectory, trajectory.Nodes[i], rejected)))
            : returns;
    }

    private bool IsLearnedFrom(Trajectory trajectory) => !trajectory.Rewards.IsEmpty && (trajectory.Status == TrajectoryStatus.Completed || IsPolicysFailure(trajectory));

    private bool IsPolicysFailure(Trajectory trajectory) => _options.LearnFromFailures && trajectory.Status == TrajectoryStatus.Failed && trajectory.Error?.Cause == FailureCause.Policy;

    // A run that broke says nothing about the roles, so it is kept but neither judged nor learned from.
    private async Task<(IReadOnlyList<Trajectory> Trajectories, int Unjudged)> ScoreAsync(IReadOnlyList<Trajectory> rolled, CancellationToken cancellationToken)
    {
        var judged = rolled.Select((t, i) => (Trajectory: t, Index: i)).Where(t => t.Trajectory.Status == TrajectoryStatus.Completed || IsPolicysFailure(t.Trajectory)).ToList();
        var problems = new List<string>();
        var scored = await _rewards.ScoreAsync(judged.ConvertAll(j => j.Trajectory), problems, cancellationToken).ConfigureAwait(false);
        Trajectory[] result = [.. rolled];
        for (var i = 0; i < judged.Count; i++) result[judged[i].Index] = scored[i];
        foreach (var problem in problems) LogUnjudged(_logger, problem);
        if (_store is not null) await _store.SetRewardsAsync([.. result.Where((t, i) => !t.Rewards.SequenceEqual(rolled[i].Rewards))], cancellationToken).ConfigureAwait(false);
        return (result, problems.Count);
    }

    private void EnsureSomethingRan(IReadOnlyList<Trajectory> trajectories, int step)
    {
        var failed = trajectories.Count(t => t.Status != TrajectoryStatus.Completed);
        if (failed == 0) return;
        var teaches = trajectories.Where(IsLearnedFrom).GroupBy(t => t.GroupId, StringComparer.Ordinal).Any(g => g.DistinctBy(t => t.Rewards.Sum(r => r.Weight * r.Value)).Count() > 1);
        if (failed == trajectories.Count && !teaches) throw new RolloutsFailedException($"Step {step} of the training", trajectories);
        LogFailed(_logger, step, failed, trajectories.Count, RolloutsFailedException.Commonest(trajectories));
    }

    private (Dictionary<PolicyId, int> Updates, List<string> Refused) Update(AdvantageBatch advantages, int step, KlReference? reference, SortedDictionary<string, double> metrics)
    {
        var rows = RowBuilder.Build(advantages.Rows, _models);
        var updates = _models.TrainablePolicies.ToDictionary(p => p, _ => 0);
        var refused = new List<string>();
        var rate = _options.Optimizer.LearningRate * _options.Schedule.Factor(step, _options.Steps, _options.WarmupSteps);
        metrics["learning_rate"] = rate;
        foreach (var role in rows.Values.SelectMany(r => r).GroupBy(r => r.Role, StringComparer.Ordinal)) metrics[$"{role.Key}/rows"] = role.Count();
        foreach (var policy in _models.TrainablePolicies.Where(rows.ContainsKey))
        {
            var report = new UpdateMetrics();
            foreach (var update in UpdatePlan.Create(_models.GetModel(policy), policy, rows[policy], _options, reference?.Of(policy), metrics))
            {
                try
                {
                    report.Add(PolicyUpdate.Apply(_models.GetModel(policy), policy, update, _options.Loss, _options.Optimizer with { LearningRate = rate }, CancellationToken.None), update);
                    updates[policy]++;
                }
                catch (AgentTeamsException e) when (e is NonFiniteLossException or NonFiniteGradientException)
                {
                    LogRefused(_logger, step, policy.ToString(), e.Message);
                    refused.Add(e.Message);
                }
            }

            report.AddTo(metrics, policy);
        }

        metrics["updates/refused"] = refused.Count;
        return (updates, refused);
    }

    /// <summary>Tasks are visited in a new random order in every pass over them.</summary>
    private List<TTask> TasksOf(SeedKey key)
    {
        var chosen = new List<TTask>();
        var at = (long)key.Step * _options.TasksPerStep;
        var (pass, order) = (-1L, Array.Empty<TTask>());
        for (var i = 0; i < Math.Min(_options.TasksPerStep, _tasks.Count); i++, at++)
        {
            if (at / _tasks.Count != pass)
            {
                pass = at / _tasks.Count;
                order = [.. _tasks];
                new SeedKey(key.Run, "order", checked((int)pass)).ToRandom().Shuffle(order);
            }

            var task = order[at % _tasks.Count];
            // Two passes can meet in one step; a task then counts once.
            if (!chosen.Contains(task)) chosen.Add(task);
        }

        return chosen;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step}: {Failed} of {Count} rollouts failed, {Cause}")]
    private static partial void LogFailed(ILogger logger, int step, int failed, int count, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A failed run is not learned from: {Problem}")]
    private static partial void LogUnjudged(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step}: an update of '{Policy}' was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, int step, string policy, string reason);
}
