namespace AgentTeams.Rl;

/// <summary>A pure function from groups of returns to advantages. The order of groups and samples never changes a result's bits.</summary>
public interface IAdvantageEstimator
{
    /// <summary>One advantage for each sample.</summary>
    /// <param name="groups">The groups of a whole batch; none empty, all values finite.</param>
    /// <returns>For each group, the advantages in the order of its samples; exactly 0 where there is nothing to compare.</returns>
    IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups);
}

/// <summary>Samples that are compared with each other.</summary>
/// <param name="Pool">Groups of one pool share batch-wide statistics; the role where the group key tells roles apart, otherwise empty.</param>
/// <param name="Samples">The samples; at least one.</param>
public sealed record SampleGroup(string Pool, IReadOnlyList<AdvantageSample> Samples)
{
    /// <summary>Whether all samples come from one trajectory, so that there is nothing to compare it with and every advantage must be 0.</summary>
    public bool IsSingleton => Samples.All(s => s.TrajectoryId == Samples[0].TrajectoryId);
}

/// <summary>One value of a group.</summary>
/// <param name="TrajectoryId">The trajectory it comes from.</param>
/// <param name="Value">The return; finite.</param>
public readonly record struct AdvantageSample(string TrajectoryId, double Value);
