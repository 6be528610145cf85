using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Runs;

/// <summary>
/// A plan that is carried out in a folder. It may be killed at any moment; opened again with the same plan it goes on, and ends with the same weights where
/// the models are <see cref="Reproducibility.Exact"/>.
/// </summary>
/// <example>
/// <code>
/// await using var run = await TrainingRun.OpenAsync(plan, new() { Folder = "runs/math" });
/// await foreach (var e in run.RunAsync())
///     if (e is StageStepped step) Console.WriteLine($"{step.Stage} {step.Step}: {step.Metrics["reward"]:0.00}");
/// </code>
/// </example>
public sealed class TrainingRun : IAsyncDisposable
{
    private readonly TrainingRunOptions _options;
    private readonly SqliteTrajectoryStore _store;
    private readonly TrainingCheckpoints _checkpoints;
    private readonly bool _isResumed;
    private readonly ILogger _logger;
    private readonly TensorBoardWriter? _board;
    private bool _hasRun;

    private TrainingRun(TrainingPlan plan, TrainingRunOptions options, RunFolder folder, SqliteTrajectoryStore store, bool isResumed)
    {
        (Plan, _options, Folder, _store, _isResumed) = (plan, options, folder, store, isResumed);
        _checkpoints = new(folder.Checkpoints, options.KeepCheckpoints, options.LoggerFactory);
        _logger = options.LoggerFactory.CreateLogger("AgentTeams.Runs");
        _board = options.TensorBoard ? new(Path.Combine(folder.FullPath, "tensorboard"), options.TimeProvider) : null;
    }

    /// <summary>The plan.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The run's trajectories.</summary>
    public SqliteTrajectoryStore Store => _store;

    /// <summary>Checks a plan as a whole and opens the folder of its run, a new one or one that goes on.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Where and how it is carried out; every value has a default.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="AgentTeamsException">
    /// The plan is not valid, all problems are told at once; or the folder cannot be written, is in use, or holds a run with another plan, whose differences are named.
    /// </exception>
    public static Task<TrainingRun> OpenAsync(TrainingPlan plan, TrainingRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        options ??= new();
        OptionChecks.Validate(plan);
        OptionChecks.Validate(options);
        if (options.StopAfter is { } stop && plan.Stages.All(s => s.Name != stop.Stage))
            throw new AgentTeamsException($"StopAfter names the stage '{stop.Stage}', which the plan does not have. It has: {string.Join(", ", plan.Stages.Select(s => s.Name))}.");
        var (folder, isResumed) = RunFolder.Open(options.Folder, RunConfiguration.Of(plan, options.TimeProvider), options.Resume);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(new TrainingRun(plan, options, folder, new(folder.Trajectories, new() { LoggerFactory = options.LoggerFactory }), isResumed));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Does what is left of the plan. Reading no further stops the run behind its last whole step; a run is carried out once.</summary>
    /// <param name="cancellationToken">Stops the run likewise.</param>
    public async IAsyncEnumerable<RunEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var events = RunStagesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (events.ConfigureAwait(false))
        {
            while (await MoveNextAsync(events).ConfigureAwait(false))
            {
                var e = events.Current;
                RunLog.Write(_logger, e);
                RunMeter.Record(Plan.Name, e);
                _board?.Add(e);
                yield return e;
            }
        }
    }

    /// <summary>Closes store and folder.</summary>
    public ValueTask DisposeAsync()
    {
        _board?.Dispose();
        _store.Dispose();
        Folder.Dispose();
        return default;
    }

    private async Task ReleaseOptimizersAsync(ITrainingStage stage, int index, CancellationToken cancellationToken)
    {
        if (stage.TrainedPolicies(Plan) is null or { Count: 0 }) return;
        var trained = new HashSet<PolicyId>();
        foreach (var later in Plan.Stages.Skip(index))
        {
            if (later.TrainedPolicies(Plan) is not { } policies) return;
            trained.UnionWith(policies);
        }

        foreach (var model in Plan.Models.Models)
            foreach (var policy in model.Policies.Where(p => !trained.Contains(p))) await model.ReleaseOptimizerAsync(policy, cancellationToken).ConfigureAwait(false);
    }

    // A disk that is full, or a folder that is gone, is no fault of the plan.
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<RunEvent> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The run in '{Folder.FullPath}' broke off: {e.Message} Mend that, and resume the run.", e);
        }
    }

    private async IAsyncEnumerable<RunEvent> RunStagesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_hasRun) throw new AgentTeamsException("The run was carried out already. Open it again to go on.");
        _hasRun = true;
        var began = _options.TimeProvider.GetTimestamp();
        var restored = _isResumed ? await _checkpoints.RestoreAsync<RunNote>(Plan.Models, cancellationToken).ConfigureAwait(false) : null;
        var at = restored?.Note ?? new RunNote(0, 0, null);
        var resumedFrom = restored is null ? null : Plan.Stages.ElementAtOrDefault(at.Stage)?.Name ?? Plan.Stages[^1].Name;
        yield return new RunStarted(Plan.Name, Folder.FullPath, resumedFrom);
        var progress = new RunProgressNote(restored?.Step ?? 0, at);
        for (var i = 0; i < Plan.Stages.Count; i++)
        {
            var stage = Plan.Stages[i];
            if (i < at.Stage)
            {
                var all = Folder.Evaluations.Where(e => e.Stage == stage.Name).ToList();
                if (all.Count == 0 && stage is EvaluationStage)
                    throw new AgentTeamsException($"The run in '{Folder.FullPath}' made the evaluation '{stage.Name}', and evaluations.jsonl has lost it. Restore the file from a copy, or begin the run anew.");
                foreach (var made in all) yield return new TeamEvaluated(made.Evaluation) { Stage = stage.Name, Step = made.Step, IsRecalled = true };
                continue;
            }

            await foreach (var e in RunStageAsync(stage, i, progress, cancellationToken).ConfigureAwait(false))
            {
                yield return e;
                if (e is RunStopped) yield break;
            }
        }

        // A run that was done before is as it was.
        if (at.Stage >= Plan.Stages.Count && Folder.ReadResult() is { } earlier && earlier.WeightsSha256 == await Plan.Models.WeightsHashAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new RunCompleted(earlier with { Folder = Folder.FullPath });
            yield break;
        }

        if (await CompactAsync(cancellationToken).ConfigureAwait(false) is { } refusal) yield return new RunMessage(refusal) { IsWarning = true };
        var result = new TrainingResult
        {
            Folder = Folder.FullPath,
            Evaluations = [.. Folder.Evaluations.Select(e => e.Evaluation)],
            WeightsSha256 = await Plan.Models.WeightsHashAsync(cancellationToken).ConfigureAwait(false),
            ResumedFrom = resumedFrom,
            Duration = _options.TimeProvider.GetElapsedTime(began),
        };
        Folder.Write(result);
        yield return new RunCompleted(result);
    }

    private async IAsyncEnumerable<RunEvent> RunStageAsync(ITrainingStage stage, int index, RunProgressNote progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var began = _options.TimeProvider.GetTimestamp();
        var (done, note) = progress.Note.Stage == index ? (progress.Note.Steps, progress.Note.StageNote) : (0, null);
        var context = new StageContext(Plan, stage, Folder, _store, done, note, _options.LoggerFactory, _options.TimeProvider);
        yield return new StageStarted(stage.Kind, stage.Steps, done) { Stage = stage.Name };
        await ReleaseOptimizersAsync(stage, index, cancellationToken).ConfigureAwait(false);
        var (isOver, stepped) = (false, done);
        try
        {
            await foreach (var told in stage.RunAsync(context, cancellationToken).ConfigureAwait(false))
            {
                var e = told with { Stage = stage.Name };
                Write(e);
                if (e is StageStepped step) progress.Reached(new(index, stepped = step.Step + 1, step.Note));
                yield return e;
                if (e is not StageStepped) continue;
                var isStop = _options.StopAfter is { } stop && stop.Stage == stage.Name && stop.Steps <= stepped;
                if (isStop || stepped % _options.CheckpointEvery == 0) yield return await SaveAsync(progress, stage).ConfigureAwait(false);
                if (!isStop) continue;
                yield return new RunStopped(Folder.FullPath, stepped) { Stage = stage.Name };
                yield break;
            }

            isOver = true;
        }
        finally
        {
            // The last whole step of a run that is being stopped is kept.
            if (!isOver && stage.IsStepAtomic) await SaveAsync(progress, stage).ConfigureAwait(false);
        }

        progress.Reached(new(index + 1, 0, null));
        yield return await SaveAsync(progress, stage).ConfigureAwait(false);
        yield return new StageCompleted(_options.TimeProvider.GetElapsedTime(began)) { Stage = stage.Name };
        // A stage that ended before that step, or tells of none, has done all of its own.
        if (_options.StopAfter?.Stage == stage.Name) yield return new RunStopped(Folder.FullPath, stepped) { Stage = stage.Name };
    }

    // A run that learned all it should is done, also where its store stays larger than it might be.
    private async Task<string?> CompactAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _store.CompactAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (AgentTeamsException e)
        {
            return $"The trajectories were not packed: {e.Message}";
        }
    }

    private void Write(RunEvent e)
    {
        switch (e)
        {
            case StageStepped step:
                Folder.Append(new MetricsLine(step.Stage, step.Step, step.Metrics));
                break;
            case TeamEvaluated evaluated:
                Folder.Append(new EvaluationLine(evaluated.Stage, evaluated.Step, evaluated.Evaluation));
                break;
        }
    }

    private async ValueTask<CheckpointSaved> SaveAsync(RunProgressNote progress, ITrainingStage stage)
    {
        // Not cancelled: what is done is kept.
        if (progress.IsUnsaved) await _checkpoints.SaveAsync(progress.Number, Plan.Models, progress.Note, CancellationToken.None).ConfigureAwait(false);
        progress.Saved();
        if (_options.Retention.LastSteps is { } last && progress.Note.Steps > last)
            await _store.PruneAsync(new() { Stage = stage.Name, ToStep = progress.Note.Steps - last - 1 }, _options.Retention.Sample, CancellationToken.None).ConfigureAwait(false);
        return new(_checkpoints.GetPath(progress.Number), progress.Note.Steps) { Stage = stage.Name };
    }
}
