using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Rl;

/// <summary>
/// Trains a team from rewards: a step asks a source for groups of runs, rewards them, turns rewards into advantages and updates every trainable policy. A step is a function
/// of the weights, the seed, its number and what its parts remember, so it can be repeated exactly.
/// </summary>
/// <example>
/// <code>
/// var trainer = new RlTrainer(models, new TreeSource&lt;Problem&gt;(tasks, [2, 2, 2]), RlOptions.Grpo with { Rewards = rewards, Credit = new TreeBackupCredit() });
/// await foreach (var step in trainer.TrainAsync()) Console.WriteLine($"{step.Step}: {step.Metrics["reward"]:0.00}");
/// </code>
/// </example>
public sealed partial class RlTrainer
{
    private readonly TeamModels _models;
    private readonly IExperienceSource _source;
    private readonly RlOptions _options;
    private readonly ExperienceQueue _queue;
    private readonly ILogger _logger;
    private double _klCoefficient;

    /// <summary>Creates a trainer.</summary>
    /// <param name="models">The team and its models.</param>
    /// <param name="source">Where its experience comes from.</param>
    /// <param name="options">How it is trained; <see cref="RlOptions.Rewards"/> must be given.</param>
    /// <exception cref="AgentTeamsException">Options are out of range; all are named.</exception>
    public RlTrainer(TeamModels models, IExperienceSource source, RlOptions options)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        options.EnsureOf(models.Team);
        foreach (var role in (source as INamesRoles)?.NamedRoles ?? []) _ = models.Team[role];
        (_models, _source, _options, _queue) = (models, source, options, new(source, options));
        _logger = options.LoggerFactory.CreateLogger("AgentTeams.RlTrainer");
        _klCoefficient = options.KlPenalty?.Coefficient ?? 0;
    }

    /// <summary>Runs the steps from one on.</summary>
    /// <param name="firstStep">The first step to run; the number of steps already done.</param>
    /// <param name="state">The <see cref="RlStep.State"/> of the last step that is done; null at the beginning, or where that is null too.</param>
    /// <param name="cancellationToken">Ends training; a step that has begun leaves no trace in the weights.</param>
    /// <exception cref="AgentTeamsException">The run is resumed with a loss that needs a reference, but without <see cref="RlOptions.Reference"/>.</exception>
    /// <exception cref="RolloutsFailedException">All rollouts of a step failed and taught nothing; they are stored.</exception>
    public async IAsyncEnumerable<RlStep> TrainAsync(int firstStep = 0, JsonElement? state = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (state is { ValueKind: JsonValueKind.Object } saved) await RestoreAsync(saved.Deserialize<TrainerState>()!, cancellationToken).ConfigureAwait(false);
        using var own = await OwnReferenceAsync(firstStep, cancellationToken).ConfigureAwait(false);
        for (var step = firstStep; step < _options.Steps; step++)
        {
            var start = _options.TimeProvider.GetTimestamp();
            var judge = NewJudge();
            var groups = await _queue.TakeAsync(step, judge, cancellationToken).ConfigureAwait(false);
            var ahead = new Lazy<Task>(() => Task.Run(() => _queue.SampleAheadAsync(step, judge, cancellationToken), cancellationToken));
            var done = await UpdateAsync(groups, step, judge, own ?? _options.Reference, start, ahead, cancellationToken).ConfigureAwait(false);
            _queue.Drop(step);
            yield return done with { State = Save() };
        }
    }

    /// <summary>Learns once from groups of runs, whoever made them: rewards those that have none yet, and updates the policies.</summary>
    /// <param name="groups">The groups; <see cref="ExperienceGroup.Of"/> makes them of runs.</param>
    /// <param name="step">The number of the step, for schedules and metrics; 0 by default.</param>
    /// <param name="cancellationToken">Ends the judging; a step that has begun to update is not interrupted.</param>
    /// <exception cref="AgentTeamsException">A reference is needed, and <see cref="RlOptions.Reference"/> is null.</exception>
    public Task<RlStep> UpdateAsync(IReadOnlyList<ExperienceGroup> groups, int step = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groups);
        if (_options.NeedsReference && _options.Reference is null)
            throw new AgentTeamsException("The loss or the KL penalty needs a reference, which a single update cannot know. Set RlOptions.Reference to KlReference.TakeAsync of the weights to stay near.");
        return UpdateAsync(groups, step, NewJudge(), _options.Reference, _options.TimeProvider.GetTimestamp(), new(() => Task.CompletedTask), cancellationToken);
    }

    private async Task<RlStep> UpdateAsync(IReadOnlyList<ExperienceGroup> sampled, int step, StepJudge judge, KlReference? reference, long start, Lazy<Task> ahead,
        CancellationToken cancellationToken)
    {
        var groups = await judge.JudgeAsync(sampled, cancellationToken).ConfigureAwait(false);
        Trajectory[] trajectories = [.. groups.SelectMany(g => g.Trajectories)];
        EnsureSomethingRan(trajectories, step);
        var context = new CreditContext([.. groups.Where(HasBaseline).SelectMany(g => g.Trajectories).Where(t => LearnedRuns.IsLearnedFrom(_options, t))], _source.Forks, _options.Rewards);
        var returns = await LearnedRuns.ReturnsOfAsync(_options, context, cancellationToken).ConfigureAwait(false);
        var greedy = new CreditContext([.. groups.SelectMany(g => g.Greedy).Where(t => LearnedRuns.IsLearnedFrom(_options, t))], _source.Forks, _options.Rewards);
        var baselines = greedy.Trajectories.Count == 0 ? [] : await LearnedRuns.ReturnsOfAsync(_options, greedy, cancellationToken).ConfigureAwait(false);
        var rolloutTime = _options.TimeProvider.GetElapsedTime(start);
        var signals = await InvocationSignals.ReadAsync(returns, _models, _options, reference, cancellationToken).ConfigureAwait(false);
        var advantages = AdvantageBatch.Compute(returns, _options.Advantage, _options.GroupKey, _options.SampleUnit, baselines, signals, _klCoefficient);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in advantages.Report.ToMetrics()) metrics[name] = value;
        RolloutMetrics.Add(metrics, trajectories);
        metrics["rollouts/unjudged"] = judge.Unjudged;
        metrics["model_calls"] = CallsOf(trajectories) + CallsOf(groups.SelectMany(g => g.Greedy)) + context.ForkCalls;
        if (context.ForkCalls > 0) metrics["rollouts/fork_calls"] = context.ForkCalls;
        if (greedy.Trajectories.Count > 0) metrics["reward/greedy"] = greedy.Trajectories.Average(Totals.Of);
        cancellationToken.ThrowIfCancellationRequested();

        start = _options.TimeProvider.GetTimestamp();
        var update = new StepUpdate(_models, _options, _logger);
        // Who is an opponent in one group may learn in another, also of the same task.
        var opponents = new Dictionary<string, ExperienceGroup>(StringComparer.Ordinal);
        foreach (var group in groups.Where(g => g.Opponents.Length + g.OpponentSeats.Length > 0)) foreach (var run in group.Trajectories) opponents[run.Id] = group;
        _ = ahead.Value;
        await update.ApplyAsync(advantages, opponents, step, reference, metrics, () => ahead.Value).ConfigureAwait(false);
        await AfterUpdateAsync(groups, advantages, signals, trajectories.Length, metrics).ConfigureAwait(false);
        return new RlStep
        {
            Step = step, Metrics = metrics, Trajectories = trajectories, Updates = update.Updates, Refused = update.Refused,
            RolloutTime = rolloutTime, UpdateTime = _options.TimeProvider.GetElapsedTime(start),
        };
    }

    // Runs whose greedy ones all broke have nothing to be compared with in this step.
    private bool HasBaseline(ExperienceGroup group) => group.Greedy.IsEmpty || group.Greedy.Any(t => LearnedRuns.IsLearnedFrom(_options, t));

    private async Task AfterUpdateAsync(IReadOnlyList<ExperienceGroup> groups, AdvantageBatch advantages, InvocationSignals signals, int runs, SortedDictionary<string, double> metrics)
    {
        _source.Report(groups);
        // A critic learns from what it was asked about, and from nothing else.
        var learned = advantages.Rows.Where(r => r.Tokens.Returns.Length > 0 && signals.HasValuesOf(r.Trajectory, r.Node)).ToList();
        if (_options.Critic is { } critic && learned.Count > 0)
        {
            metrics["critic/loss"] = await critic.LearnAsync(learned.ConvertAll(r => new InvocationReturn(r.Trajectory, r.Node, r.Return)), learned.ConvertAll(r => r.Tokens.Returns), CancellationToken.None)
                .ConfigureAwait(false);
        }

        if (_options.KlPenalty is not { } penalty) return;
        (metrics["kl_penalty"], metrics["kl_penalty/coefficient"]) = (signals.MeanDivergence, _klCoefficient);
        _klCoefficient = penalty.Next(_klCoefficient, signals.MeanDivergence, runs);
    }

    private void EnsureSomethingRan(Trajectory[] trajectories, int step)
    {
        var failed = trajectories.Count(t => t.Status != TrajectoryStatus.Completed);
        if (failed == 0) return;
        var teaches = trajectories.Where(t => LearnedRuns.IsLearnedFrom(_options, t)).GroupBy(t => t.GroupId, StringComparer.Ordinal)
            .Any(g => g.DistinctBy(Totals.Of).Count() > 1);
        if (failed == trajectories.Length && !teaches) throw new RolloutsFailedException($"Step {step} of the training", trajectories);
        LogFailed(_logger, step, failed, trajectories.Length, RolloutsFailedException.Commonest(trajectories));
    }

    private static int CallsOf(IEnumerable<Trajectory> runs) => runs.Sum(t => t.Nodes.Count(n => n is { Kind: NodeKind.Role, Inherited: false }));

    private StepJudge NewJudge() => new(_options, problem => LogUnjudged(_logger, problem));

    private async Task<KlReference?> OwnReferenceAsync(int firstStep, CancellationToken cancellationToken)
    {
        if (!_options.NeedsReference || _options.Reference is not null) return null;
        return firstStep == 0
            ? await KlReference.TakeAsync(_models, cancellationToken).ConfigureAwait(false)
            : throw new AgentTeamsException($"The training goes on at step {firstStep} with a loss that needs a reference, but without the reference it "
                + "began with, so it would end elsewhere. Set RlOptions.Reference to TrainingCheckpoints.ReferenceAsync.");
    }

    private JsonElement? Save()
    {
        var source = (_source as IResumablePart)?.SaveState();
        return source is null && _options.Staleness == 0 && _options.KlPenalty?.Target is null
            ? null
            : JsonSerializer.SerializeToElement(new TrainerState(source, _klCoefficient, _queue.Save()));
    }

    private async Task RestoreAsync(TrainerState state, CancellationToken cancellationToken)
    {
        if (state.Source is { ValueKind: not JsonValueKind.Null } source && _source is IResumablePart part) part.RestoreState(source);
        _klCoefficient = state.KlCoefficient;
        await _queue.RestoreAsync(state.Ahead, cancellationToken).ConfigureAwait(false);
    }

    private sealed record TrainerState(JsonElement? Source, double KlCoefficient, JsonElement Ahead);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step}: {Failed} of {Count} rollouts failed, {Cause}")]
    private static partial void LogFailed(ILogger logger, int step, int failed, int count, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A failed run is not learned from: {Problem}")]
    private static partial void LogUnjudged(ILogger logger, string problem);
}
