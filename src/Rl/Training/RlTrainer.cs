using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams;

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
    private readonly Dictionary<Policy, ITokenScorer> _references;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    /// <summary>Creates a trainer; with a KL coefficient, the weights of this moment become the reference.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="tasks">The tasks to train on.</param>
    /// <param name="taskId">The id of a task, unique among the tasks.</param>
    /// <param name="rollout">Runs the team once.</param>
    /// <param name="rewards">Judges the trajectories.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="store">Where trajectories are kept, or null.</param>
    /// <param name="logger">Is told of refused updates and failed rollouts.</param>
    /// <param name="timeProvider">The clock by which steps are timed; the system's unless set.</param>
    /// <exception cref="AgentTeamsException">There are no tasks, two share an id, or an option is out of range.</exception>
    public RlTrainer(
        TeamModels models, IReadOnlyList<TTask> tasks, Func<TTask, string> taskId, Rollout<TTask> rollout,
        RewardComposer rewards, RlOptions options, ITrajectoryStore? store = null, ILogger? logger = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (tasks.Count == 0) throw new AgentTeamsException("There are no tasks to train on. Give at least one.");
        if (tasks.GroupBy(taskId, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new AgentTeamsException($"The task id '{twice.Key}' is used {twice.Count()} times. Give each task its own.");
        (_models, _tasks, _rewards, _options, _store) = (models, tasks, rewards, options, store);
        _runner = new RolloutRunner<TTask>(rollout, taskId, store);
        _logger = logger ?? NullLogger.Instance;
        _time = timeProvider ?? TimeProvider.System;
        _references = options.Loss.KlCoefficient == 0 ? [] : models.TrainablePolicies.ToDictionary(p => p, p => models.ModelOf(p).Snapshot(p));
    }

    /// <summary>Runs the steps from one on.</summary>
    /// <param name="run">The run's seed.</param>
    /// <param name="firstStep">The first step to run; the number of steps already done.</param>
    /// <param name="cancellationToken">Ends training; a step that has begun leaves no trace in the weights.</param>
    public async IAsyncEnumerable<RlStep> TrainAsync(long run, int firstStep = 0, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var step = firstStep; step < _options.Steps; step++)
            yield return await StepAsync(new SeedKey(run, "rl", step), cancellationToken).ConfigureAwait(false);
    }

    private async Task<RlStep> StepAsync(SeedKey key, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var rolled = await _runner.RunAsync(TasksOf(key), _options.GroupSize, key, cancellationToken).ConfigureAwait(false);
        var trajectories = await _rewards.ScoreAsync(rolled, cancellationToken).ConfigureAwait(false);
        var rolloutTime = _time.GetElapsedTime(start);
        if (_store is not null) await _store.AppendAsync(trajectories, cancellationToken).ConfigureAwait(false);

        // A run that broke says nothing about the roles, so it is kept but not learned from.
        var completed = trajectories.Where(t => t.Status == TrajectoryStatus.Completed).ToList();
        if (completed.Count < trajectories.Count) LogFailed(_logger, key.Step, trajectories.Count - completed.Count, trajectories.Count);
        var advantages = AdvantageBatch.Compute([.. completed.SelectMany(_options.Credit.Assign)], _options.Advantage, _options.GroupKey, _options.SampleUnit);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in advantages.Report.ToMetrics()) metrics[name] = value;
        RolloutMetrics.Add(metrics, trajectories);
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the step is not interrupted, since half a step could not be resumed.
        start = _time.GetTimestamp();
        var (updates, refused) = Update(advantages, key.Step, metrics);
        return new RlStep
        {
            Step = key.Step, Metrics = metrics, Trajectories = trajectories, Updates = updates, Refused = refused,
            RolloutTime = rolloutTime, UpdateTime = _time.GetElapsedTime(start),
        };
    }

    private (Dictionary<Policy, int> Updates, List<string> Refused) Update(AdvantageBatch advantages, int step, SortedDictionary<string, double> metrics)
    {
        var rows = RowBuilder.Build(advantages.Rows, _models, _options.Loss.KlCoefficient != 0 || _options.Loss.EntropyCoefficient != 0);
        var updates = _models.TrainablePolicies.ToDictionary(p => p, _ => 0);
        var refused = new List<string>();
        var rate = _options.Optimizer.LearningRate * _options.Schedule.Factor(step, _options.Steps, _options.WarmupSteps);
        metrics["learning_rate"] = rate;
        foreach (var role in rows.Values.SelectMany(r => r).GroupBy(r => r.Role, StringComparer.Ordinal)) metrics[$"{role.Key}/rows"] = role.Count();
        foreach (var policy in _models.TrainablePolicies.Where(rows.ContainsKey))
        {
            var report = new UpdateMetrics();
            foreach (var update in RowBuilder.Split(WithReferences(policy, Corrected(policy, rows[policy], metrics)), _options.MiniBatches))
            {
                try
                {
                    report.Add(PolicyUpdate.Apply(_models.ModelOf(policy), policy, _options.Aggregation.Weigh(update), _options.Loss,
                        _options.Optimizer with { LearningRate = rate }, CancellationToken.None), update);
                    updates[policy]++;
                }
                catch (AgentTeamsException e)
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

    private List<TrainingRow> Corrected(Policy policy, List<TrainingRow> rows, SortedDictionary<string, double> metrics)
    {
        var model = _models.ModelOf(policy);
        return model.Guarantee == ModelGuarantee.Exact ? rows : ImportanceSampling.Correct(rows, model.Evaluate(policy, rows), _options.ImportanceCap, metrics);
    }

    private List<TrainingRow> WithReferences(Policy policy, List<TrainingRow> rows)
    {
        if (!_references.TryGetValue(policy, out var reference)) return rows;
        var scores = reference.Evaluate(rows);
        return [.. rows.Select((row, i) => row with { ReferenceLogProbs = scores[i].LogProbs })];
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step}: {Failed} of {Count} rollouts failed; they are stored but not trained on.")]
    private static partial void LogFailed(ILogger logger, int step, int failed, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step}: an update of '{Policy}' was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, int step, string policy, string reason);
}
