namespace AgentTeams.Rl;

/// <summary>Samples that are compared with each other.</summary>
/// <param name="Pool">Groups of one pool share batch-wide statistics; the role where the group key tells roles apart, otherwise empty.</param>
/// <param name="Samples">The samples; at least one.</param>
public sealed record SampleGroup(string Pool, IReadOnlyList<AdvantageSample> Samples)
{
    /// <summary>Whether all samples come from one trajectory, so that there is nothing to compare it with and every advantage must be 0.</summary>
    public bool IsSingleton => Samples.All(s => s.TrajectoryId == Samples[0].TrajectoryId);

    internal bool HasEqualValues => Samples.All(s => s.Value == Samples[0].Value);

    /// <summary>What the greedy rollouts of the group earned on average; null where none was run.</summary>
    public double? Greedy { get; init; }
}

/// <summary>One value of a group.</summary>
/// <param name="TrajectoryId">The trajectory it comes from.</param>
/// <param name="Value">The return; finite.</param>
public readonly record struct AdvantageSample(string TrajectoryId, double Value)
{
    /// <summary>The completion tokens of the sample; at least 1.</summary>
    public int Tokens { get; init; } = 1;
}
