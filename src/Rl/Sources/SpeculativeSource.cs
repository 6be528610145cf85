using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// Independent rollouts of tasks as <see cref="TaskSource{TTask}"/> gives them, made in fewer passes where a task was rolled out before: what the same call of the same sample said last
/// is tried first, and each of its tokens is taken with probability min(1, new / old); the first that is not is drawn from what the new weights give more of, and the rest is sampled as
/// always (SPEC-RL, arXiv 2509.23232, without its lenience; Leviathan et al. 2023, section 2.3). The distribution of a reply is that of the new weights. Calls that are asked
/// anything else than last time, greedy ones and those of models that keep no versions are sampled as always.
/// </summary>
/// <remarks>
/// The weights that the last rollouts of all tasks were made with are kept: a version for each step of an epoch. The metric <c>speculative/accepted_tokens</c> says which part of the
/// sampled tokens came from drafts.
/// </remarks>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class SpeculativeSource<TTask> : IExperienceSource, IResumablePart
{
    private readonly TaskSet<TTask> _tasks;
    private readonly RolloutOptions _options;
    private readonly RolloutRunner<TTask> _runner;
    private readonly SortedDictionary<string, Trajectory> _last = new(StringComparer.Ordinal);
    private HashSet<KeptVersion> _kept = [];
    private SortedDictionary<string, string> _restored = new(StringComparer.Ordinal);

    /// <summary>Creates a source.</summary>
    /// <param name="tasks">The tasks, and how one is run.</param>
    /// <param name="options">Store, models and concurrency; <see cref="RolloutOptions.Models"/> must be given.</param>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public SpeculativeSource(TaskSet<TTask> tasks, RolloutOptions options)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        (_tasks, _options, _runner, Forks) = (tasks, options, new(tasks.Rollout, tasks.GetId, options), new TaskForks<TTask>(tasks, options));
    }

    /// <inheritdoc/>
    public IForkRunner Forks { get; }

    private TeamModels Models =>
        _options.Models ?? throw new AgentTeamsException("A speculative source keeps the weights that its last rollouts were made with, so it needs RolloutOptions.Models.");

    /// <inheritdoc/>
    /// <exception cref="AgentTeamsException">The source was made without models, or the training is resumed and the store does not hold the rollouts that it goes on from.</exception>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await FindRestoredAsync(cancellationToken).ConfigureAwait(false);
        KeepWeights();
        var chosen = TaskOrder.Of(_tasks.Tasks, request.Tasks, request.Key);
        PlannedRollout<TTask>[] planned = [.. chosen.SelectMany(task => Plan(task, request))];
        var runs = await _runner.RunAsync(planned, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < runs.Length; i++)
        {
            if (planned[i].Key.Path.Length == 0) _last[NameOf(planned[i].Key)] = runs[i];
        }

        DropWeights();
        var each = request.GroupSize + request.GreedyRollouts;
        return [.. chosen.Select((_, i) => new ExperienceGroup
        {
            Trajectories = ImmutableArray.Create(runs, i * each, request.GroupSize),
            Greedy = ImmutableArray.Create(runs, i * each + request.GroupSize, request.GreedyRollouts),
        })];
    }

    /// <inheritdoc/>
    public JsonElement SaveState()
    {
        var ids = new SortedDictionary<string, string>(_restored, StringComparer.Ordinal);
        foreach (var (name, run) in _last) ids[name] = run.Id;
        return JsonSerializer.SerializeToElement(new SavedState(ids, [.. _kept.OrderBy(k => $"{k.Policy}", StringComparer.Ordinal).ThenBy(k => k.Version)]), TrajectoryJson.Options);
    }

    /// <inheritdoc/>
    public void RestoreState(JsonElement state)
    {
        var saved = state.Deserialize<SavedState>(TrajectoryJson.Options)!;
        _last.Clear();
        (_restored, _kept) = (saved.Last, [.. saved.Kept]);
    }

    private IEnumerable<PlannedRollout<TTask>> Plan(TTask task, ExperienceRequest request)
    {
        var key = request.Key with { Task = _tasks.GetId(task) };
        for (var sample = 0; sample < request.GroupSize; sample++)
        {
            var own = key with { Sample = sample };
            yield return new(task, own, _last.TryGetValue(NameOf(own), out var last) ? SteeredRun.Drafted(own, last) : null);
        }

        for (var sample = 0; sample < request.GreedyRollouts; sample++) yield return new(task, key with { Sample = sample, Path = "greedy" }, SteeredRun.Greedy());
    }

    private async Task FindRestoredAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, id) in _restored)
        {
            _last[name] = (_options.Store is { } store ? await store.FindAsync(id, cancellationToken).ConfigureAwait(false) : null)
                ?? throw new AgentTeamsException($"The training goes on from the rollout '{id}', whose replies are drafts, but no store holds it. Give the store it began with, or begin anew.");
        }

        _restored = new(StringComparer.Ordinal);
    }

    private void KeepWeights()
    {
        foreach (var policy in Models.TrainablePolicies)
        {
            if (Models.GetModel(policy) is not IWeightVersions versions) continue;
            var before = versions.KeptVersions(policy);
            // What is gone was of another history, in which numbers meant other weights.
            foreach (var gone in _kept.Where(k => k.Policy == policy && !before.Contains(k.Version)).ToList())
            {
                _kept.Remove(gone);
                foreach (var run in _last.Where(l => l.Value.Nodes.Any(n => n.Tokens is { } t && t.Policy == policy && t.WeightsVersion == gone.Version)).ToList()) _last.Remove(run.Key);
            }

            var version = versions.KeepVersion(policy);
            // What others keep they drop.
            if (!before.Contains(version)) _kept.Add(new(policy, version));
        }
    }

    private void DropWeights()
    {
        var used = _last.Values.SelectMany(t => t.Nodes).Select(n => n.Tokens).OfType<TokenTrace>().Select(t => new KeptVersion(t.Policy, t.WeightsVersion)).ToHashSet();
        foreach (var unused in _kept.Where(k => !used.Contains(k)).ToList())
        {
            _kept.Remove(unused);
            var versions = (IWeightVersions)Models.GetModel(unused.Policy);
            if (versions.KeptVersions(unused.Policy).Contains(unused.Version)) versions.DropVersion(unused.Policy, unused.Version);
        }
    }

    private static string NameOf(SeedKey key) => $"{key.Task}#{key.Sample}";

    private sealed record KeptVersion(PolicyId Policy, long Version);

    private sealed record SavedState(SortedDictionary<string, string> Last, KeptVersion[] Kept);
}
