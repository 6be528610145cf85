using System.Collections.Immutable;

namespace AgentTeams.Rl;

/// <summary>Independent rollouts of tasks, each task several times: the default of <see cref="RlTrainer{TTask}"/>.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="tasks">The tasks, and how one is run.</param>
/// <param name="options">Store, models and concurrency; null for every default.</param>
public sealed class TaskSource<TTask>(TaskSet<TTask> tasks, RolloutOptions? options = null) : IExperienceSource
{
    private readonly RolloutRunner<TTask> _runner = new(tasks.Rollout, tasks.GetId, options);

    /// <inheritdoc/>
    public IForkRunner Forks { get; } = new TaskForks<TTask>(tasks, options);

    /// <summary>The tasks of a step.</summary>
    /// <value>All tasks in a new random order in every pass unless replaced, for example by a curriculum.</value>
    internal Func<ExperienceRequest, IReadOnlyList<TTask>> Choose { get; init; } = request => TaskOrder.Of(tasks.Tasks, request.Tasks, request.Key);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var chosen = Choose(request);
        var runs = await _runner.RunAsync([.. chosen.SelectMany(task => Plan(task, request))], cancellationToken).ConfigureAwait(false);
        var each = request.GroupSize + request.GreedyRollouts;
        return [.. chosen.Select((_, i) => new ExperienceGroup
        {
            Trajectories = ImmutableArray.Create(runs, i * each, request.GroupSize),
            Greedy = ImmutableArray.Create(runs, i * each + request.GroupSize, request.GreedyRollouts),
        })];
    }

    private IEnumerable<PlannedRollout<TTask>> Plan(TTask task, ExperienceRequest request)
    {
        var key = request.Key with { Task = tasks.GetId(task) };
        for (var sample = 0; sample < request.GroupSize; sample++) yield return new(task, key with { Sample = sample });
        for (var sample = 0; sample < request.GreedyRollouts; sample++) yield return new(task, key with { Sample = sample, Path = "greedy" }, SteeredRun.Greedy());
    }
}
