namespace AgentTeams.Rl;

/// <summary>
/// A tree of runs for each task instead of independent ones: a run branches at the first call of each depth into several, which share all calls
/// before it. Branches are forks, so shared calls are made, paid for and trained once. Use it with <see cref="TreeBackupCredit"/> and
/// <see cref="GroupKey.Context"/> (MALT: Motwani et al. 2024; MAGRPO's tree).
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
/// <param name="tasks">The tasks, and how one is run.</param>
/// <param name="branching">Into how many branches the run splits at each of its first calls; 2, 2, 2, 2 gives 16 leaves. The step's group size is not used.</param>
/// <param name="options">Store, models and concurrency; null for every default.</param>
public sealed class TreeSource<TTask>(TaskSet<TTask> tasks, IReadOnlyList<int> branching, RolloutOptions? options = null) : IExperienceSource
{
    private readonly IReadOnlyList<int> _branching = branching.Count > 0 && branching.All(b => b >= 1)
        ? branching
        : throw new AgentTeamsException($"The tree branches into {string.Join(", ", branching)}. Give at least one number, each at least 1.");

    private readonly RolloutRunner<TTask> _runner = new(tasks.Rollout, tasks.GetId, options);

    /// <inheritdoc/>
    public IForkRunner Forks { get; } = new TaskForks<TTask>(tasks, options);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var chosen = TaskOrder.Of(tasks.Tasks, request.Tasks, request.Key);
        var roots = await _runner.RunAsync([.. chosen.Select(t => new PlannedRollout<TTask>(t, request.Key with { Task = tasks.GetId(t) }))], cancellationToken).ConfigureAwait(false);
        var trees = roots.Select(r => new List<Trajectory> { r }).ToArray();
        for (var depth = 0; depth < _branching.Count; depth++)
        {
            var planned = trees.Select(tree => tree.SelectMany(leaf => BranchesOf(leaf, depth)).ToList()).ToArray();
            var runs = await Forks.RunAsync([.. planned.SelectMany(p => p)], cancellationToken).ConfigureAwait(false);
            var at = 0;
            for (var t = 0; t < trees.Length; t++)
            {
                trees[t].AddRange(runs.Skip(at).Take(planned[t].Count));
                at += planned[t].Count;
            }
        }

        return [.. trees.Select(t => new ExperienceGroup { Trajectories = [.. t] })];
    }

    // Every run of the tree goes on from each depth, so the branches of a depth are siblings of the run itself.
    private IEnumerable<Fork> BranchesOf(Trajectory leaf, int depth)
    {
        var calls = leaf.Nodes.Where(n => n is { Kind: NodeKind.Role, Error: null, Discarded: false, Attempt: 0 }).ToList();
        if (depth >= calls.Count || RolloutsFailedException.IsBroken(leaf)) yield break;
        for (var branch = 1; branch < _branching[depth]; branch++)
        {
            yield return new()
            {
                Parent = leaf, Calls = new Dictionary<string, CallChange>(StringComparer.Ordinal) { [calls[depth].Id] = CallChange.Resample }, Sample = branch, IsBranch = true,
            };
        }
    }
}
