namespace AgentTeams.Rl;

/// <summary>Forks of runs of a set of tasks.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="tasks">The tasks; the forks' parents worked on some of them.</param>
/// <param name="options">Store, models and concurrency of the forks; null for every default.</param>
/// <example>
/// <code>
/// var forks = new TaskForks&lt;Problem&gt;(tasks);
/// var twins = await forks.RunAsync([.. runs.Select(r => new Fork { Parent = r, Roles = new Dictionary&lt;string, CallChange&gt; { ["planner"] = CallChange.Resample } })]);
/// </code>
/// </example>
public sealed class TaskForks<TTask>(TaskSet<TTask> tasks, RolloutOptions? options = null) : IForkRunner
{
    private readonly RolloutRunner<TTask> _runner = new(tasks.Rollout, tasks.GetId, options);

    /// <summary>Other models that sat in some seats of a parent; they sit there again.</summary>
    internal Func<Trajectory, IReadOnlyDictionary<string, CallChange>?>? Seats { get; init; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Trajectory>> RunAsync(IReadOnlyList<Fork> forks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(forks);
        return await _runner.RunAsync([.. forks.Select(Plan)], cancellationToken).ConfigureAwait(false);
    }

    private PlannedRollout<TTask> Plan(Fork fork)
    {
        var parent = fork.Parent;
        var key = parent.Key ?? throw new AgentTeamsException($"The trajectory '{parent.Id}' has no seed key, so it cannot be run again. Fork runs that this library recorded.");
        if (fork.Calls.Keys.FirstOrDefault(id => parent.Nodes.All(n => n.Id != id || n.Kind != NodeKind.Role)) is { } missing)
            throw new AgentTeamsException($"A fork changes the call '{missing}', which the trajectory '{parent.Id}' does not have. Its calls are: "
                + $"{string.Join(", ", parent.Nodes.Where(n => n.Kind == NodeKind.Role).Select(n => n.Id))}.");
        return new(tasks[parent.TaskId], key, SteeredRun.Of(fork, Seats?.Invoke(parent)), fork.Id);
    }
}
