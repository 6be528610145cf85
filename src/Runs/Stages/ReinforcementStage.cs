using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>Reinforcement learning as a stage.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class ReinforcementStage<TTask> : ITrainingStage
{
    private readonly TaskSet<TTask> _tasks;
    private readonly RlOptions _options;
    private readonly Func<TaskSet<TTask>, RolloutOptions, IExperienceSource> _source;

    internal ReinforcementStage(string name, TaskSet<TTask> tasks, RlOptions options, Func<TaskSet<TTask>, RolloutOptions, IExperienceSource>? source)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        (Name, _tasks, _options, _source) = (name, tasks, options, source ?? ((t, rollouts) => new TaskSource<TTask>(t, rollouts)));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "reinforcement";

    /// <inheritdoc/>
    public int? Steps => _options.Steps;

    /// <summary>When to stop before the last step, and which weights to keep; null, the default, for all steps and the last weights.</summary>
    public StopRule? Stop { get; init; }

    /// <inheritdoc/>
    public object Options => new { Rl = _options, Stop, Tasks = _tasks.Fingerprint, Source = _source(_tasks, new()) };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <inheritdoc/>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. plan.Models.TrainablePolicies];
    }

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return OptionChecks.ProblemsOf(_options).Concat(Stop is null ? [] : OptionChecks.ProblemsOf(Stop))
            .Concat(_options.Trained.Groups.SelectMany(g => g).Where(role => plan.Models.Team.Roles.All(r => r.Name != role)).Select(role => $"Trained names the role '{role}', which the team does not have."));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var references = new TrainingCheckpoints(context.Directory, loggerFactory: context.LoggerFactory);
        // A teacher is the caller's, and the same however often the run is resumed.
        using var reference = _options.NeedsReference && _options.Reference is null ? await references.ReferenceAsync(context.Models, context.StepsDone, cancellationToken).ConfigureAwait(false) : null;
        var options = _options with
        {
            Seed = context.Plan.Seed, Stage = Name, Store = context.Store, Reference = _options.Reference ?? reference, LoggerFactory = context.LoggerFactory, TimeProvider = context.TimeProvider,
        };
        var source = _source(_tasks, context.Rollouts with { Fingerprint = options.RolloutFingerprint, MaxConcurrency = options.MaxConcurrency });
        var trainer = new RlTrainer(context.Models, source, options);
        var before = context.ReadNote<StageNote>();
        var (health, unwell) = (new TrainingHealth(), new HashSet<(HealthSign, string)>());
        var watch = new StopWatcher(Stop, context, before?.Watch);
        if (!watch.IsOver)
        {
            await foreach (var step in trainer.TrainAsync(context.StepsDone, before?.Trainer, cancellationToken).ConfigureAwait(false))
            {
                var warnings = health.Check(step);
                // What goes on is told once.
                foreach (var warning in warnings.Where(w => !unwell.Contains((w.Sign, w.Where)))) yield return new RunMessage($"Step {step.Step}: {warning.Message}") { IsWarning = true };
                unwell = [.. warnings.Select(w => (w.Sign, w.Where))];
                foreach (var refused in step.Refused) yield return new RunMessage($"An update of step {step.Step} was refused: {refused}") { IsWarning = true };
                var metrics = new SortedDictionary<string, double>(step.Metrics.ToDictionary(), StringComparer.Ordinal)
                {
                    ["time/rollout_s"] = step.RolloutTime.TotalSeconds,
                    ["time/update_s"] = step.UpdateTime.TotalSeconds,
                };
                if (await watch.AfterAsync(step, _options.Steps, cancellationToken).ConfigureAwait(false) is { } validated) yield return new TeamEvaluated(validated) { Step = step.Step };
                yield return new StageStepped(step.Step, metrics) { Note = JsonSerializer.SerializeToElement(new StageNote(watch.Note, step.State), TrajectoryJson.Options) };
                if (!watch.IsOver) continue;
                yield return new RunMessage($"Stopped after step {step.Step}: {watch.Reason}");
                break;
            }
        }

        await watch.ReturnToBestAsync().ConfigureAwait(false);
    }

    /// <summary>What a resumed stage needs to go on: what its stop rule saw, and what its trainer remembers.</summary>
    private sealed record StageNote(StopWatcher.WatchNote Watch, JsonElement? Trainer);
}
