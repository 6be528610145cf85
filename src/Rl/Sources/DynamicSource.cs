namespace AgentTeams.Rl;

/// <summary>
/// Dynamic sampling (DAPO: Yu et al. 2025, section 3.2): groups whose runs all earned the same teach nothing, so others are sampled in their place until the step has as
/// many groups as it asked for, or the inner source was asked <see cref="MaxRounds"/> times.
/// </summary>
/// <param name="inner">Samples the groups.</param>
public sealed class DynamicSource(IExperienceSource inner) : IExperienceSource
{
    /// <summary>How often the inner source is asked for a step, at most.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxRounds { get; init; } = 4;

    /// <inheritdoc/>
    public IForkRunner? Forks => inner.Forks;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (kept, dead) = (new List<ExperienceGroup>(), new List<ExperienceGroup>());
        for (var round = 0; round < Math.Max(1, MaxRounds) && kept.Count < request.Tasks; round++)
        {
            // The rounds of a step are steps of their own to the inner source, so that none repeats another's tasks and draws.
            var key = request.Key with { Step = checked(request.Key.Step * Math.Max(1, MaxRounds) + round) };
            foreach (var group in await inner.SampleAsync(request with { Key = key }, cancellationToken).ConfigureAwait(false))
            {
                var judged = group with { Trajectories = [.. await request.Judge(group.Trajectories, cancellationToken).ConfigureAwait(false)] };
                (judged.Trajectories.Where(t => !t.Rewards.IsEmpty).DistinctBy(Totals.Of).Count() > 1 ? kept : dead).Add(judged);
            }
        }

        // A step without any signal is reported as what it is.
        return kept.Count == 0 ? [.. dead.Take(request.Tasks)] : [.. kept.Take(request.Tasks)];
    }

    /// <inheritdoc/>
    public void Report(IReadOnlyList<ExperienceGroup> groups) => inner.Report(groups);
}
