namespace AgentTeams.Samples.WordProblems;

/// <summary>A control: the rewards of each group are dealt out at random among its samples before they become advantages.</summary>
internal sealed class ShuffledRewards(IGroupAdvantage inner, long seed) : IGroupAdvantage
{
    public IReadOnlyList<double[]> Estimate(IReadOnlyList<SampleGroup> groups) => inner.Estimate([.. groups.Select(group =>
    {
        var values = group.Samples.Select(s => s.Value).ToArray();
        new SeedKey(seed, "shuffle", Task: group.Samples[0].TrajectoryId).ToRandom().Shuffle(values);
        return group with { Samples = [.. group.Samples.Select((s, i) => s with { Value = values[i] })] };
    })]);
}
