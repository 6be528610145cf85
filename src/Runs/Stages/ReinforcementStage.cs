using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>Reinforcement learning as a stage.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class ReinforcementStage<TTask> : ITrainingStage
{
    private readonly TaskSet<TTask> _tasks;
    private readonly RlOptions _options;

    internal ReinforcementStage(string name, TaskSet<TTask> tasks, RlOptions options)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        (Name, _tasks, _options) = (name, tasks, options);
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
    public object Options => new { Rl = _options, Stop, Tasks = _tasks.Fingerprint };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

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
        using var reference = _options.Loss.Needs.HasFlag(LossNeeds.Reference) ? await references.ReferenceAsync(context.Models, context.StepsDone, cancellationToken).ConfigureAwait(false) : null;
        var trainer = new RlTrainer<TTask>(context.Models, _tasks, _options with
        {
            Seed = context.Plan.Seed, Stage = Name, Store = context.Store, Reference = reference, LoggerFactory = context.LoggerFactory, TimeProvider = context.TimeProvider,
        });
        var watch = new StopWatcher(Stop, context);
        if (!watch.IsOver)
        {
            await foreach (var step in trainer.TrainAsync(context.StepsDone, cancellationToken).ConfigureAwait(false))
            {
                foreach (var refused in step.Refused) yield return new RunMessage($"An update of step {step.Step} was refused: {refused}") { IsWarning = true };
                var metrics = new SortedDictionary<string, double>(step.Metrics.ToDictionary(), StringComparer.Ordinal)
                {
                    ["time/rollout_s"] = step.RolloutTime.TotalSeconds,
                    ["time/update_s"] = step.UpdateTime.TotalSeconds,
                };
                if (await watch.AfterAsync(step, _options.Steps, cancellationToken).ConfigureAwait(false) is { } validated) yield return new TeamEvaluated(validated) { Step = step.Step };
                yield return new StageStepped(step.Step, metrics) { Note = JsonSerializer.SerializeToElement(watch.Note, TrajectoryJson.Options) };
                if (!watch.IsOver) continue;
                yield return new RunMessage($"Stopped after step {step.Step}: {watch.Reason}");
                break;
            }
        }

        await watch.ReturnToBestAsync().ConfigureAwait(false);
    }
}
