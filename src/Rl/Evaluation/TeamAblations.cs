namespace AgentTeams.Rl;

/// <summary>Evaluates a team and changed forms of it on the same tasks.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="tasks">The tasks, made from a workflow.</param>
/// <param name="isSuccess">Whether a completed run did what its task asked for.</param>
/// <param name="options">How often each task is run; every value has a default.</param>
public sealed class TeamAblations<TTask>(TaskSet<TTask> tasks, Func<TTask, Trajectory, bool> isSuccess, EvaluationOptions? options = null)
{
    private readonly EvaluationOptions _options = options ?? new();

    /// <summary>Evaluates one changed form after another.</summary>
    /// <param name="ablations">What is changed.</param>
    /// <param name="key">The key of the draws; each form has the same.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <returns>An evaluation for each, under its name.</returns>
    /// <exception cref="AgentTeamsException">The tasks were not made from a workflow.</exception>
    public async IAsyncEnumerable<TeamEvaluation> EvaluateAsync(IReadOnlyList<Ablation> ablations, SeedKey key,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ablations);
        ArgumentNullException.ThrowIfNull(key);
        if (!tasks.CanChange) throw new AgentTeamsException("The tasks are run by a rollout of their own, so no part of the team can be changed. Create the TaskSet from a workflow.");
        var whole = ablations.Any(a => a.NeedsWhole) ? await new TeamEvaluator<TTask>(tasks, isSuccess, _options).RunAsync(key, cancellationToken).ConfigureAwait(false) : [];
        foreach (var ablation in ablations)
        {
            // Each form of the team makes runs of its own, so they have ids of their own.
            var evaluator = new TeamEvaluator<TTask>(ablation.Apply(tasks, whole), isSuccess, _options);
            yield return await evaluator.EvaluateAsync(ablation.Name, key with { Stage = $"{key.Stage}/{ablation.Name}" }, cancellationToken).ConfigureAwait(false);
        }
    }
}
