using System.Globalization;

namespace AgentTeams.Tests;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData(8, 10, 0.490162, 0.943318)]
    [InlineData(0, 20, 0, 0.161130)]
    [InlineData(20, 20, 0.838870, 1)]
    public void Wilson_KnownCounts_MatchesFormula(int successes, int trials, double low, double high)
    {
        var interval = new SuccessRate(successes, trials).Interval;
        Make.Near([low, high], [interval.Low, interval.High], 1e-5);
    }

    [Fact]
    public void Of_OnlyBrokenRuns_SaysSoInsteadOfZero()
    {
        Trajectory[] broken = [.. Enumerable.Range(0, 3).Select(i => Make.Trajectory($"t{i}", []) with { Status = TrajectoryStatus.Failed, Error = new("E", "the token '<|sep|>' is missing") })];
        var error = Assert.Throws<RolloutsFailedException>(() => SuccessRate.Of(broken, _ => true));
        Assert.Contains("all 3 rollouts failed, 3 of them with: the token '<|sep|>' is missing", error.Message, StringComparison.Ordinal);
        var invalid = broken.Select(t => t with { Error = t.Error! with { Cause = FailureCause.Policy } }).ToList();
        Assert.Equal(0, SuccessRate.Of(invalid, _ => true).Rate);
    }

    [Fact]
    public void Wilson_NoTrials_SaysNothing() => Assert.Equal(new WilsonInterval(0, 1), WilsonInterval.Of(0, 0));

    [Fact]
    public void Wilson_MoreSuccessesThanTrials_IsRefused() => Assert.Throws<AgentTeamsException>(() => WilsonInterval.Of(3, 2));

    [Fact]
    public void SuccessRate_FailedRuns_CountAsFailures()
    {
        var good = Make.Trajectory("a", []);
        var rate = SuccessRate.Of([good, good with { Status = TrajectoryStatus.Failed }], _ => true);
        Assert.Equal((1, 2, 0.5), (rate.Successes, rate.Trials, rate.Rate));
    }

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.464286)]
    [InlineData(4, 0.785714)]
    [InlineData(8, 1)]
    public void PassAtK_TwoOfEight_MatchesOracle(int k, double expected) => Assert.Equal(expected, PassAtK.Unbiased(8, 2, k), 1e-6);

    [Fact]
    public void PassAtK_EveryK_MatchesTheOracles()
    {
        var o = Oracles.Load("pass_at_k");
        foreach (var k in o.GetProperty("by_k").EnumerateObject())
            Assert.Equal(k.Value.GetDouble(), PassAtK.Unbiased(o.GetProperty("samples").GetInt32(), o.GetProperty("correct").GetInt32(), int.Parse(k.Name, CultureInfo.InvariantCulture)), 1e-12);
    }

    [Fact]
    public void Average_TwoOfEight_IsTheRate() => Assert.Equal(0.25, PassAtK.Average(8, 2), 1e-12);

    [Fact]
    public void PassAtK_FewerSamplesThanK_IsRefused() => Assert.Throws<AgentTeamsException>(() => PassAtK.Unbiased(4, 2, 8));

    [Fact]
    public void Bootstrap_ClearDifference_IsSignificantAndReproducible()
    {
        double[] first = [.. Enumerable.Range(0, 50).Select(i => i % 5 == 0 ? 1.0 : 0)];
        double[] second = [.. Enumerable.Range(0, 50).Select(i => i % 5 < 3 ? 1.0 : 0)];
        var result = PairedBootstrap.Compare(first, second, new Random(1));
        Assert.Equal(result, PairedBootstrap.Compare(first, second, new Random(1)));
        Assert.Equal(0.4, result.MeanDifference, 1e-12);
        Assert.InRange(result.Low, 0.2, 0.4);
        Assert.InRange(result.High, 0.4, 0.6);
        Assert.InRange(result.PValue, 1e-5, 0.001);
    }

    [Fact]
    public void Bootstrap_SameSystem_ShowsNoDifference() =>
        Assert.Equal(new PairedComparison(0, 0, 0, 1, 3), PairedBootstrap.Compare([1, 0, 1], [1, 0, 1], new Random(1), 100));

    [Fact]
    public void Bootstrap_DifferentTasks_IsRefused() => Assert.Throws<AgentTeamsException>(() => PairedBootstrap.Compare([1], [1, 2], new Random(1)));
}
