using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// The groups of coming steps. With a staleness of n, a step learns from groups that were sampled before the n newest updates, and the groups of a later step are sampled
/// while the gradient of this one is computed. Which weights sampled what depends on nothing but the steps, so a run is as repeatable as without.
/// </summary>
internal sealed class ExperienceQueue(IExperienceSource source, RlOptions options)
{
    private readonly SortedDictionary<int, IReadOnlyList<ExperienceGroup>> _ready = [];

    /// <summary>The groups of a step; they are sampled now unless they were sampled ahead.</summary>
    public async Task<IReadOnlyList<ExperienceGroup>> TakeAsync(int step, StepJudge judge, CancellationToken cancellationToken)
    {
        for (var ahead = step; ahead <= Math.Min(step + options.Staleness - 1, options.Steps - 1); ahead++) await FillAsync(ahead, judge, cancellationToken).ConfigureAwait(false);
        await FillAsync(step, judge, cancellationToken).ConfigureAwait(false);
        return _ready[step];
    }

    /// <summary>Samples what a later step learns from, with the weights as they are before this step's update.</summary>
    public Task SampleAheadAsync(int step, StepJudge judge, CancellationToken cancellationToken) =>
        options.Staleness == 0 || step + options.Staleness >= options.Steps ? Task.CompletedTask : FillAsync(step + options.Staleness, judge, cancellationToken);

    /// <summary>A step was learned from.</summary>
    public void Drop(int step) => _ready.Remove(step);

    /// <summary>What is sampled but not learned from yet, as ids; of runs that are judged already with their rewards, which another judging need not repeat.</summary>
    public JsonElement Save() => JsonSerializer.SerializeToElement(_ready.ToDictionary(r => r.Key, r => r.Value.Select(g => new SavedGroup([.. g.Trajectories.Select(t => t.Id)],
        [.. g.Greedy.Select(t => t.Id)], [.. g.Opponents], [.. g.OpponentSeats], [.. g.Trajectories.Select(t => t.GroupId)], g.IsJudged ? [.. g.Trajectories.Select(t => t.Rewards.ToArray())] : null)).ToArray()), TrajectoryJson.Options);

    /// <summary>Finds what was sampled in the store.</summary>
    public async Task RestoreAsync(JsonElement saved, CancellationToken cancellationToken)
    {
        foreach (var (step, groups) in saved.Deserialize<Dictionary<int, SavedGroup[]>>(TrajectoryJson.Options) ?? [])
        {
            var restored = new List<ExperienceGroup>();
            foreach (var group in groups)
            {
                restored.Add(new()
                {
                    Trajectories = [.. (await FindAsync(group.Trajectories, cancellationToken).ConfigureAwait(false)).Select((t, i) =>
                        t with { GroupId = group.Groups[i], Rewards = group.Rewards is { } rewards ? [.. rewards[i]] : t.Rewards })],
                    IsJudged = group.Rewards is not null,
                    Greedy = await FindAsync(group.Greedy, cancellationToken).ConfigureAwait(false),
                    Opponents = [.. group.Opponents],
                    OpponentSeats = [.. group.OpponentSeats ?? []],
                });
            }

            _ready[step] = restored;
        }
    }

    private async Task FillAsync(int step, StepJudge judge, CancellationToken cancellationToken)
    {
        if (_ready.ContainsKey(step)) return;
        var groups = await source.SampleAsync(new()
        {
            Key = new SeedKey(options.Seed, options.Stage, step), Tasks = options.TasksPerStep, GroupSize = options.GroupSize,
            GreedyRollouts = options.Advantage.Needs.GreedyRollouts, Judge = judge.JudgeAsync,
        }, cancellationToken).ConfigureAwait(false);
        // The judge of a later step does not know them.
        _ready[step] = [.. groups.Select(g => g with { IsJudged = g.IsJudged || (g.Trajectories.Length > 0 && g.Trajectories.All(judge.IsJudged)) })];
    }

    private async Task<ImmutableArray<Trajectory>> FindAsync(string[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length > 0 && options.Store is null)
            throw new AgentTeamsException("The training goes on with runs that were sampled ahead, but it has no store to find them in. Set RlOptions.Store to the store it began with.");
        var found = ImmutableArray.CreateBuilder<Trajectory>(ids.Length);
        foreach (var id in ids)
        {
            found.Add(await options.Store!.FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw new AgentTeamsException(
                $"The training goes on with the run '{id}', which was sampled ahead, but the store does not hold it. Give the store it began with, or begin anew."));
        }

        return found.MoveToImmutable();
    }

    private sealed record SavedGroup(string[] Trajectories, string[] Greedy, PolicyId[] Opponents, string[]? OpponentSeats, string[] Groups, Reward[][]? Rewards);
}
