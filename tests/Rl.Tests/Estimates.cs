namespace AgentTeams.Tests;

/// <summary>Advantages of returns.</summary>
internal static class Estimates
{
    public static double[] Advantages(IEnumerable<InvocationReturn> returns, IAdvantageEstimator estimator, GroupKey key = GroupKey.Group, SampleUnit unit = SampleUnit.Invocation) =>
        [.. AdvantageBatch.Compute([.. returns], estimator, key, unit).Rows.Select(r => r.Tokens.Advantages[0])];
}
