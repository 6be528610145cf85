using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace AgentTeams.Storage;

/// <summary>Rewards that come when a trajectory is stored already: what users thought, what became of it.</summary>
public static class TrajectoryFeedback
{
    // A store replaces the rewards of a trajectory as a whole, so two who add to them must not do it at once.
    private static readonly ConditionalWeakTable<ITrajectoryStore, SemaphoreSlim> Gates = [];

    /// <summary>
    /// Adds rewards to those of a stored trajectory; nothing of the trajectory is written again, and whoever reads it finds them among its rewards. A reward
    /// of the same target, name and source as one that is there takes its place, so that giving it twice counts once and the later of two counts.
    /// Safe for concurrent use of one store object; two processes must not judge the same trajectory at once.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="trajectoryId">The trajectory.</param>
    /// <param name="rewards">The rewards; they must be finite.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="UnknownTrajectoryException">The store does not hold the trajectory.</exception>
    /// <exception cref="AgentTeamsException">A reward is not finite, or the store cannot be written; nothing was changed.</exception>
    public static async Task AddRewardsAsync(
        this ITrajectoryStore store, string trajectoryId, IReadOnlyList<Reward> rewards, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(trajectoryId);
        ArgumentNullException.ThrowIfNull(rewards);
        if (store is ProductionRecorder recorder)
        {
            await recorder.AddRewardsNowAsync(trajectoryId, rewards, cancellationToken).ConfigureAwait(false);
            return;
        }

        var gate = Gates.GetValue(store, _ => new(1, 1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var stored = await store.FindAsync(trajectoryId, cancellationToken).ConfigureAwait(false) ?? throw new UnknownTrajectoryException(trajectoryId);
            var merged = stored with { Rewards = Merge(stored.Rewards, rewards) };
            if (!merged.Rewards.SequenceEqual(stored.Rewards)) await store.SetRewardsAsync([merged], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Each reward at its first place, with its last value.</summary>
    private static ImmutableArray<Reward> Merge(ImmutableArray<Reward> stored, IReadOnlyList<Reward> later)
    {
        var merged = new OrderedDictionary<(RewardTarget, string, string?), Reward>();
        foreach (var reward in stored.Concat(later)) merged[(reward.Target, reward.Name, reward.Source)] = reward;
        return [.. merged.Values];
    }
}
