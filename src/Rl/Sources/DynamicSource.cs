using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// Dynamic sampling (DAPO: Yu et al. 2025, section 3.2): groups whose runs all earned the same teach nothing, so others are sampled in their place until the step has as
/// many groups as it asked for, or the inner source was asked <see cref="MaxRounds"/> times.
/// </summary>
/// <param name="inner">Samples the groups. It is told of those that were passed over too, and what it remembers is part of what this source does.</param>
public sealed class DynamicSource(IExperienceSource inner) : IExperienceSource, IResumablePart
{
    /// <summary>How often the inner source is asked for a step, at most.</summary>
    /// <value>At least 1; 4 by default.</value>
    /// <exception cref="AgentTeamsException">The number is below 1.</exception>
    public int MaxRounds
    {
        get;
        init => field = value >= 1 ? value : throw new AgentTeamsException($"DynamicSource.MaxRounds is {value}. Give at least 1; 1 samples nothing again.");
    } = 4;

    /// <inheritdoc/>
    public IForkRunner? Forks => inner.Forks;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (kept, dead) = (new List<ExperienceGroup>(), new List<ExperienceGroup>());
        for (var round = 0; round < MaxRounds && kept.Count < request.Tasks; round++)
        {
            // The rounds of a step are steps of their own to the inner source, so that none repeats another's tasks and draws.
            var key = request.Key with { Step = checked(request.Key.Step * MaxRounds + round) };
            foreach (var group in await inner.SampleAsync(request with { Key = key }, cancellationToken).ConfigureAwait(false))
            {
                var judged = group with { Trajectories = [.. await request.Judge(group.Trajectories, cancellationToken).ConfigureAwait(false)] };
                (judged.Trajectories.Where(t => !t.Rewards.IsEmpty).DistinctBy(Totals.Of).Count() > 1 ? kept : dead).Add(judged);
            }
        }

        // A step without any signal is reported as what it is.
        List<ExperienceGroup> given = [.. (kept.Count == 0 ? dead : kept).Take(request.Tasks)];
        // Nobody else will tell of the others, and that a task is solved or hopeless is what a curriculum lives on.
        List<ExperienceGroup> passed = [.. kept.Concat(dead).Except(given)];
        if (passed.Count > 0) inner.Report(passed);
        return given;
    }

    /// <inheritdoc/>
    public void Report(IReadOnlyList<ExperienceGroup> groups) => inner.Report(groups);

    /// <inheritdoc/>
    public JsonElement SaveState() => (inner as IResumablePart)?.SaveState() ?? JsonSerializer.SerializeToElement<object?>(null);

    /// <inheritdoc/>
    public void RestoreState(JsonElement state)
    {
        if (inner is IResumablePart part && state.ValueKind != JsonValueKind.Null) part.RestoreState(state);
    }
}
