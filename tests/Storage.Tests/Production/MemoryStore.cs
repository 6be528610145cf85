using System.Collections.Concurrent;

namespace AgentTeams.Tests;

/// <summary>A store in memory that fails or hangs when it is told to.</summary>
internal sealed class MemoryStore : ITrajectoryStore
{
    private readonly Lock _gate = new();
    private readonly List<Trajectory> _stored = [];

    /// <summary>Runs before each write; what it throws is what the store says.</summary>
    public Func<Task> BeforeWrite { get; set; } = () => Task.CompletedTask;

    public ConcurrentQueue<int> Batches { get; } = [];

    public IReadOnlyList<Trajectory> Stored
    {
        get
        {
            lock (_gate) return [.. _stored];
        }
    }

    public async Task<bool> AppendAsync(Trajectory trajectory, CancellationToken cancellationToken = default) => await AppendAsync([trajectory], cancellationToken) == 1;

    public async Task<int> AppendAsync(IReadOnlyList<Trajectory> trajectories, CancellationToken cancellationToken = default)
    {
        await BeforeWrite();
        Batches.Enqueue(trajectories.Count);
        lock (_gate)
        {
            var before = _stored.Count;
            foreach (var trajectory in trajectories)
            {
                if (_stored.All(t => t.Id != trajectory.Id)) _stored.Add(trajectory);
            }

            return _stored.Count - before;
        }
    }

    public async Task SetRewardsAsync(IReadOnlyList<Trajectory> scored, CancellationToken cancellationToken = default)
    {
        await BeforeWrite();
        lock (_gate)
        {
            foreach (var trajectory in scored)
            {
                var at = _stored.FindIndex(t => t.Id == trajectory.Id);
                if (at >= 0) _stored[at] = _stored[at] with { Rewards = trajectory.Rewards };
            }
        }
    }

    public Task<Trajectory?> FindAsync(string id, CancellationToken cancellationToken = default) => Task.FromResult(Stored.FirstOrDefault(t => t.Id == id));

    public IAsyncEnumerable<Trajectory> ReadAllAsync(CancellationToken cancellationToken = default) => Stored.ToAsyncEnumerable();
}
