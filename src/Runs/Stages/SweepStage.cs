using System.Globalization;
using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>Teams of several sizes on the same tasks as a stage: a step for each size.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class SweepStage<TTask> : ITrainingStage
{
    private readonly IReadOnlyList<int> _sizes;
    private readonly Func<int, TaskSet<TTask>> _tasks;
    private readonly Func<TTask, Trajectory, bool> _isSuccess;
    private readonly EvaluationOptions _options;

    internal SweepStage(string name, IReadOnlyList<int> sizes, Func<int, TaskSet<TTask>> tasks, Func<TTask, Trajectory, bool> isSuccess, EvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(isSuccess);
        (Name, _sizes, _tasks, _isSuccess, _options) = (name, [.. sizes], tasks, isSuccess, options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "sweep";

    /// <inheritdoc/>
    public int? Steps => _sizes.Count;

    /// <inheritdoc/>
    public object Options => new { Evaluation = _options, Sizes = _sizes };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <summary>It trains nothing.</summary>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan)
    {
        foreach (var problem in OptionChecks.ProblemsOf(_options)) yield return problem;
        if (_sizes.Count == 0) yield return "It has no sizes; give at least one.";
        if (_sizes.Distinct().Count() < _sizes.Count) yield return "A size stands twice; give each once.";
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        for (var step = context.StepsDone; step < _sizes.Count; step++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{Name}: {_sizes[step]}");
            var evaluator = new TeamEvaluator<TTask>(_tasks(_sizes[step]), _isSuccess, _options with { Rollouts = context.Rollouts });
            var made = await evaluator.EvaluateAsync(name, context.Key with { Stage = name }, cancellationToken).ConfigureAwait(false);
            yield return new TeamEvaluated(made) { Step = step };
            yield return new StageStepped(step, new Dictionary<string, double> { ["success"] = made.Success.Rate, ["agents"] = _sizes[step] });
        }
    }
}
