namespace AgentTeams.Tests;

public sealed class RlooAdvantageTests
{
    [Fact]
    public void Rloo_OneGroup_SubtractsMeanOfOthers() =>
        Make.Near([0.75, 0.083333, -0.583333, -0.25], Estimates.Advantages(Make.Returns(1, 0.5, 0, 0.25), new RlooAdvantage()));

    [Fact]
    public void Rloo_Any_IsScaledMeanCentring()
    {
        var random = new Random(2);
        double[] r = [.. Enumerable.Range(0, 7).Select(_ => random.NextDouble())];
        Make.Near([.. Estimates.Advantages(Make.Returns(r), GrpoAdvantage.DrGrpo).Select(a => a * 7 / 6)], Estimates.Advantages(Make.Returns(r), new RlooAdvantage()), 1e-12);
    }

    [Fact]
    public void Rloo_SeveralInvocations_LeavesTheWholeTrajectoryOut()
    {
        InvocationReturn[] returns = [Make.Return("a", "s", 0, 1), Make.Return("a", "s", 1, 0), Make.Return("b", "s", 0, 0.25), Make.Return("b", "s", 1, 0.5)];
        Make.Near([0.625, -0.375, -0.25, 0], Estimates.Advantages(returns, new RlooAdvantage()), 1e-15);
    }

    [Fact]
    public void Rloo_OnlyOneTrajectory_IsExactlyZero() =>
        Assert.All(Estimates.Advantages([Make.Return("a", "s", 0, 1), Make.Return("a", "s", 1, 0)], new RlooAdvantage()), a => Assert.Equal(0, a));

    // Every trajectory decides at turn 0 to go on (probability p), and going on pays c at turn 1; the decision is only judged right when
    // the estimate of d E[return] / d logit is p (1 - p) c.
    [Theory]
    [InlineData(0.5, 1.0)]
    [InlineData(0.3, 2.0)]
    public void Rloo_PolicyDecidesWhenToStop_IsUnbiased(double p, double c)
    {
        double Expected(IAdvantageEstimator estimator)
        {
            double sum = 0;
            for (var outcome = 0; outcome < 16; outcome++)
            {
                bool[] goes = [.. Enumerable.Range(0, 4).Select(i => (outcome >> i & 1) == 1)];
                var probability = goes.Aggregate(1.0, (q, g) => q * (g ? p : 1 - p));
                var advantages = Estimates.Advantages(Make.Returns([.. goes.Select(g => g ? c : 0)]), estimator);
                sum += probability * goes.Select((g, i) => advantages[i] * ((g ? 1 : 0) - p)).Sum() / 4;
            }

            return sum;
        }

        Assert.Equal(p * (1 - p) * c, Expected(new RlooAdvantage()), 1e-12);
        Assert.Equal(p * (1 - p) * c * 3 / 4, Expected(GrpoAdvantage.DrGrpo), 1e-12);
    }
}
