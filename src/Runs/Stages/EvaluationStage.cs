using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>An evaluation as a stage: one step.</summary>
public sealed class EvaluationStage : ITrainingStage
{
    private readonly ITeamEvaluator _evaluator;

    internal EvaluationStage(string name, ITeamEvaluator evaluator)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        (Name, _evaluator) = (name, evaluator);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "evaluation";

    /// <inheritdoc/>
    public int? Steps => 1;

    /// <inheritdoc/>
    public object Options => new { Evaluation = _evaluator.Options, Tasks = _evaluator.TasksFingerprint };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <summary>It trains nothing.</summary>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        yield return new TeamEvaluated(await _evaluator.With(context.Rollouts).EvaluateAsync(Name, context.Key, cancellationToken).ConfigureAwait(false));
    }
}
