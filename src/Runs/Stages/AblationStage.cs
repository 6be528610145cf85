using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>Changed forms of the team on the same tasks as a stage: a step for each.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class AblationStage<TTask> : ITrainingStage
{
    private readonly TaskSet<TTask> _tasks;
    private readonly Func<TTask, Trajectory, bool> _isSuccess;
    private readonly IReadOnlyList<Ablation> _ablations;
    private readonly EvaluationOptions _options;

    internal AblationStage(string name, TaskSet<TTask> tasks, Func<TTask, Trajectory, bool> isSuccess, IReadOnlyList<Ablation> ablations, EvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(isSuccess);
        ArgumentNullException.ThrowIfNull(ablations);
        (Name, _tasks, _isSuccess, _ablations, _options) = (name, tasks, isSuccess, [.. ablations], options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "ablation";

    /// <inheritdoc/>
    public int? Steps => _ablations.Count;

    /// <inheritdoc/>
    public object Options => new { Evaluation = _options, Ablations = _ablations.Select(a => a.Name), Tasks = _tasks.Fingerprint };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <summary>It trains nothing.</summary>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        foreach (var problem in OptionChecks.ProblemsOf(_options)) yield return problem;
        if (_ablations.Count == 0) yield return "It has no ablations; give at least one.";
        if (!_tasks.CanChange) yield return "Its tasks are run by a rollout of their own, so no part of the team can be changed; create the TaskSet from a workflow.";
        foreach (var twice in _ablations.GroupBy(a => a.Name, StringComparer.Ordinal).Where(g => g.Count() > 1)) yield return $"Two ablations are named '{twice.Key}'; give each a name of its own.";
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var team = new TeamAblations<TTask>(_tasks, _isSuccess, _options with { Rollouts = context.Rollouts });
        var step = context.StepsDone;
        await foreach (var made in team.EvaluateAsync([.. _ablations.Skip(step)], context.Key, cancellationToken).ConfigureAwait(false))
        {
            yield return new TeamEvaluated(made) { Step = step };
            yield return new StageStepped(step++, new Dictionary<string, double> { ["success"] = made.Success.Rate });
        }
    }
}
