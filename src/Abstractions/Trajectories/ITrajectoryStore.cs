namespace AgentTeams.Storage;

/// <summary>An append-only collection of trajectories, keyed by id.</summary>
public interface ITrajectoryStore
{
    /// <summary>Adds a trajectory durably. An id that is already stored is left as it is.</summary>
    /// <returns>False when the id was already stored.</returns>
    Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default);

    /// <summary>Adds several trajectories with one write. Ids that are already stored are left as they are.</summary>
    /// <returns>How many were added.</returns>
    Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the rewards of stored trajectories by those given; nothing else of them is read. One that is not stored is passed over.
    /// </summary>
    Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default);

    /// <summary>The trajectory of that id with its newest rewards, or null.</summary>
    Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>All trajectories in the order they were appended.</summary>
    IAsyncEnumerable<Trajectory> ReadAllAsync(CancellationToken cancellationToken = default);
}
