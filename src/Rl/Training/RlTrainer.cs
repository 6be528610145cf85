using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Rl;

/// <summary>
/// Trains a team from rewards: a step samples groups of rollouts, rewards them, stores them, turns rewards into advantages and
/// updates every trainable policy. A step is a function of the weights, the seed and its number, so it can be repeated exactly.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <example>
/// <code>
/// var trainer = new RlTrainer&lt;Problem&gt;(models, tasks, RlOptions.Grpo with { Rewards = rewards });
/// await foreach (var step in trainer.TrainAsync()) Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
/// </code>
/// </example>
public sealed partial class RlTrainer<TTask>
{
    private readonly TeamModels _models;
    private readonly TaskSet<TTask> _tasks;
    private readonly RolloutRunner<TTask> _runner;
    private readonly RlOptions _options;
    private readonly ILogger _logger;

    /// <summary>Creates a trainer.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="tasks">The tasks to train on, and how one is run.</param>
    /// <param name="options">How it is trained; <see cref="RlOptions.Rewards"/> must be given.</param>
    /// <exception cref="AgentTeamsException">Options are out of range; all are named.</exception>
    public RlTrainer(TeamModels models, TaskSet<TTask> tasks, RlOptions options)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        options.Trained.EnsureOf(models.Team);
        (_models, _tasks, _options) = (models, tasks, options);
        _logger = options.LoggerFactory.CreateLogger("AgentTeams.RlTrainer");
        _runner = new RolloutRunner<TTask>(tasks.Rollout, tasks.GetId, new()
        {
            Store = options.Store, Models = models, Fingerprint = options.RolloutFingerprint, MaxConcurrency = options.MaxConcurrency,
            LoggerFactory = options.LoggerFactory,
        });
    }

    /// <summary>Runs the steps from one on.</summary>
    /// <param name="firstStep">The first step to run; the number of steps already done.</param>
    /// <param name="cancellationToken">Ends training; a step that has begun leaves no trace in the weights.</param>
    /// <exception cref="AgentTeamsException">The run is resumed with a loss that needs a reference, but without <see cref="RlOptions.Reference"/>.</exception>
    /// <exception cref="RolloutsFailedException">All rollouts of a step failed and taught nothing; they are stored.</exception>
    public async IAsyncEnumerable<RlStep> TrainAsync(int firstStep = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var own = await OwnReferenceAsync(firstStep, cancellationToken).ConfigureAwait(false);
        for (var step = firstStep; step < _options.Steps; step++)
            yield return await StepAsync(new SeedKey(_options.Seed, _options.Stage, step), own ?? _options.Reference, cancellationToken).ConfigureAwait(false);
    }

    private async Task<KlReference?> OwnReferenceAsync(int firstStep, CancellationToken cancellationToken)
    {
        if (!_options.Loss.Needs.HasFlag(LossNeeds.Reference) || _options.Reference is not null) return null;
        return firstStep == 0
            ? await KlReference.TakeAsync(_models, cancellationToken).ConfigureAwait(false)
            : throw new AgentTeamsException($"The training goes on at step {firstStep} with a loss that needs a reference, but without the reference it "
                + "began with, so it would end elsewhere. Set RlOptions.Reference to TrainingCheckpoints.ReferenceAsync.");
    }

    private async Task<RlStep> StepAsync(SeedKey key, KlReference? reference, CancellationToken cancellationToken)
    {
        var start = _options.TimeProvider.GetTimestamp();
        var rolled = await _runner.RunAsync(TasksOf(key), _options.GroupSize, key, cancellationToken).ConfigureAwait(false);
        var (trajectories, unjudged) = await ScoreAsync(rolled, cancellationToken).ConfigureAwait(false);
        var rolloutTime = _options.TimeProvider.GetElapsedTime(start);
        EnsureSomethingRan(trajectories, key.Step);

        var learned = trajectories.Where(t => LearnedRuns.IsLearnedFrom(_options, t)).ToList();
        var returns = learned.SelectMany(t => LearnedRuns.ReturnsOf(_options, t)).ToList();
        var advantages = AdvantageBatch.Compute(returns, _options.Advantage, _options.GroupKey, _options.SampleUnit);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in advantages.Report.ToMetrics()) metrics[name] = value;
        RolloutMetrics.Add(metrics, trajectories);
        metrics["rollouts/unjudged"] = unjudged;
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the step is not interrupted, since half a step could not be resumed.
        start = _options.TimeProvider.GetTimestamp();
        var (updates, refused) = await UpdateAsync(advantages, key.Step, reference, metrics).ConfigureAwait(false);
        return new RlStep
        {
            Step = key.Step, Metrics = metrics, Trajectories = trajectories, Updates = updates, Refused = refused,
            RolloutTime = rolloutTime, UpdateTime = _options.TimeProvider.GetElapsedTime(start),
        };
    }

    // A run that broke says nothing about the roles, so it is kept but neither judged nor learned from.
    private async Task<(IReadOnlyList<Trajectory> Trajectories, int Unjudged)> ScoreAsync(IReadOnlyList<Trajectory> rolled, CancellationToken cancellationToken)
    {
        var judged = rolled.Select((t, i) => (Trajectory: t, Index: i))
            .Where(t => t.Trajectory.Status == TrajectoryStatus.Completed || LearnedRuns.IsPolicysFailure(_options, t.Trajectory)).ToList();
        var problems = new List<string>();
        var scored = await _options.Rewards!.ScoreAsync(judged.ConvertAll(j => j.Trajectory), problems, cancellationToken).ConfigureAwait(false);
        Trajectory[] result = [.. rolled];
        for (var i = 0; i < judged.Count; i++) result[judged[i].Index] = scored[i];
        foreach (var problem in problems) LogUnjudged(_logger, problem);
        if (_options.Store is not null)
        {
            await _options.Store.SetRewardsAsync([.. result.Where((t, i) => !t.Rewards.SequenceEqual(rolled[i].Rewards))], cancellationToken)
                .ConfigureAwait(false);
        }

        return (result, problems.Count);
    }

    private void EnsureSomethingRan(IReadOnlyList<Trajectory> trajectories, int step)
    {
        var failed = trajectories.Count(t => t.Status != TrajectoryStatus.Completed);
        if (failed == 0) return;
        var teaches = trajectories.Where(t => LearnedRuns.IsLearnedFrom(_options, t)).GroupBy(t => t.GroupId, StringComparer.Ordinal)
            .Any(g => g.DistinctBy(t => t.Rewards.Sum(r => r.Weight * r.Value)).Count() > 1);
        if (failed == trajectories.Count && !teaches) throw new RolloutsFailedException($"Step {step} of the training", trajectories);
        LogFailed(_logger, step, failed, trajectories.Count, RolloutsFailedException.Commonest(trajectories));
    }

    private async Task<(Dictionary<PolicyId, int> Updates, List<string> Refused)> UpdateAsync(AdvantageBatch advantages, int step, KlReference? reference,
        SortedDictionary<string, double> metrics)
    {
        var rows = RowBuilder.Build(advantages.Rows.Where(r => r.Node.Role is not { } role || _options.Trained.Includes(role, step)), _models);
        var updates = _models.TrainablePolicies.ToDictionary(p => p, _ => 0);
        var refused = new List<string>();
        var rate = _options.Optimizer.LearningRate * _options.Schedule.Factor(step, _options.Steps, _options.WarmupSteps);
        metrics["learning_rate"] = rate;
        foreach (var role in rows.Values.SelectMany(r => r).GroupBy(r => r.Role, StringComparer.Ordinal)) metrics[$"{role.Key}/rows"] = role.Count();
        foreach (var policy in _models.TrainablePolicies.Where(rows.ContainsKey))
        {
            var report = new UpdateMetrics();
            foreach (var update in await UpdatePlan.CreateAsync(_models.GetModel(policy), policy, rows[policy], _options, reference?.Of(policy), metrics,
                CancellationToken.None).ConfigureAwait(false))
            {
                try
                {
                    var made = await PolicyUpdate.ApplyAsync(_models.GetModel(policy), policy, update, _options.Loss,
                        _options.Optimizer with { LearningRate = rate }, CancellationToken.None).ConfigureAwait(false);
                    report.Add(made, update);
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
        for (var i = 0; i < Math.Min(_options.TasksPerStep, _tasks.Tasks.Count); i++, at++)
        {
            if (at / _tasks.Tasks.Count != pass)
            {
                pass = at / _tasks.Tasks.Count;
                order = [.. _tasks.Tasks];
                new SeedKey(key.Run, "order", checked((int)pass)).ToRandom().Shuffle(order);
            }

            var task = order[at % _tasks.Tasks.Count];
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
