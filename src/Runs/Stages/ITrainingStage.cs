namespace AgentTeams.Runs;

/// <summary>
/// One part of a plan. <see cref="Stage"/> makes the usual ones; a stage of your own is told where it stands and tells what it did. Its result must be a
/// function of the weights that it begins with, its options and its key, so that a run that was cut short ends as one that was not.
/// </summary>
public interface ITrainingStage
{
    /// <summary>Unique in its plan; part of the keys of its draws.</summary>
    string Name { get; }

    /// <summary>What it is, for people, such as "reinforcement".</summary>
    string Kind { get; }

    /// <summary>The steps that it has at most; null where that is not known.</summary>
    int? Steps { get; }

    /// <summary>Everything that decides what it does: an object whose public members, and theirs, are written to <c>run.json</c>.</summary>
    object Options { get; }

    /// <summary>Whether a step that was interrupted leaves the weights as the step before it did, so that they may be kept when a run is stopped.</summary>
    bool IsStepAtomic { get; }

    /// <summary>
    /// The policies that it may train. Where a stage trains and no stage after it trains a policy any more, the run gives back that policy's optimiser state: a base
    /// that only adapters learn on then costs its weights alone.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <returns>None for a stage that trains nothing; null, where a stage does not say, for any.</returns>
    IReadOnlyCollection<PolicyId>? TrainedPolicies(TrainingPlan plan) => null;

    /// <summary>What is wrong with it in this plan, each a sentence; found before anything is written.</summary>
    IEnumerable<string> ProblemsWith(TrainingPlan plan);

    /// <summary>Does what is left to do. After each step that it tells of, the run may write a checkpoint and stop.</summary>
    /// <param name="context">Where it stands.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<RunEvent> RunAsync(StageContext context, CancellationToken cancellationToken);
}
