namespace AgentTeams.Rl;

/// <summary>
/// Runs that exist already, for example of production: each pass over them in a new order, a step's worth of groups at a time. They were sampled by older weights, so
/// their tokens count with importance weights.
/// </summary>
public sealed class StoredSource : IExperienceSource
{
    private readonly IReadOnlyList<ExperienceGroup> _groups;

    /// <summary>Creates a source.</summary>
    /// <param name="runs">The runs, with or without rewards; those of one <see cref="Trajectory.GroupId"/> are compared with each other.</param>
    /// <exception cref="AgentTeamsException">There are none.</exception>
    public StoredSource(IEnumerable<Trajectory> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        _groups = [.. ExperienceGroup.Of(runs).OrderBy(g => g.Trajectories[0].GroupId, StringComparer.Ordinal)];
        if (_groups.Count == 0) throw new AgentTeamsException("There are no stored runs to learn from. Give at least one group of them.");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Task.FromResult<IReadOnlyList<ExperienceGroup>>(TaskOrder.Of(_groups, request.Tasks, request.Key));
    }
}
