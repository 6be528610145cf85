using System.Globalization;

namespace AgentTeams.Tests;

public sealed class GrpoAdvantageTests
{
    private static readonly double[] R = [1, 0.5, 0, 0.25];

    [Fact]
    public void Grpo_Default_IsVerl() => Make.Near([1.317462, 0.146385, -1.024693, -0.439154], Estimates.Advantages(Make.Returns(R), new GrpoAdvantage()));

    [Fact]
    public void Grpo_TrlEpsilon_Matches() =>
        Make.Near([1.317157, 0.146351, -1.024455, -0.439052], Estimates.Advantages(Make.Returns(R), new GrpoAdvantage { Epsilon = 1e-4 }));

    [Fact]
    public void Magrpo_PopulationStd_Matches() =>
        Make.Near([1.521278, 0.169031, -1.183216, -0.507093], Estimates.Advantages(Make.Returns(R), GrpoAdvantage.Magrpo));

    [Fact]
    public void DrGrpo_CentresOnly() => Make.Near([0.5625, 0.0625, -0.4375, -0.1875], Estimates.Advantages(Make.Returns(R), GrpoAdvantage.DrGrpo));

    [Fact]
    public void Grpo_TinyVariance_IsNotFloored() => Make.Near([-0.490196, -0.490196, -0.490196, 1.470588],
        Estimates.Advantages(Make.Returns(1, 1, 1, 1.0001), new GrpoAdvantage()));

    [Fact]
    public void Grpo_BatchScale_SharesOneDeviation()
    {
        var both = Make.Returns(R).Concat(Make.Returns("h", "solver", 0, 0, 1, 0));
        Make.Near([1.272789, 0.141421, -0.989947, -0.424263, -0.565684, -0.565684, 1.697052, -0.565684],
            Estimates.Advantages(both, new GrpoAdvantage { Scale = AdvantageScale.BatchStd }));
    }

    [Fact]
    public void Grpo_BatchScaleByRole_KeepsRolesApart()
    {
        var a = Make.Returns("g", "a", 1, 0, 1, 0);
        var b = Make.Returns("g", "b", 80, 120, 100, 140);
        var options = new GrpoAdvantage { Scale = AdvantageScale.BatchStd };
        Make.Near(Estimates.Advantages(a, options), Estimates.Advantages(a.Concat(b), options, GroupKey.ByRole)[..4], 0);
    }

    [Fact]
    public void Grpo_EqualReturns_AreExactlyZero() =>
        Assert.All(Estimates.Advantages(Make.Returns(0.1, 0.1, 0.1, 0.1, 0.1, 0.1), new GrpoAdvantage()), a => Assert.Equal(0, a));

    [Fact]
    public void Grpo_AffineReturns_AreInvariant()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 50; trial++)
        {
            double[] r = [.. Enumerable.Range(0, 8).Select(_ => random.NextDouble())];
            var expected = Estimates.Advantages(Make.Returns(r), new GrpoAdvantage { Epsilon = 1e-12 });
            Make.Near(expected, Estimates.Advantages(Make.Returns([.. r.Select(x => 7 * x - 3)]), new GrpoAdvantage { Epsilon = 1e-12 }), 1e-9);
            Assert.Equal(0, expected.Sum(), 1e-12);
        }
    }

    [Fact]
    public void DrGrpo_TrajectoriesDuplicated_StaysTheSame()
    {
        var twice = Make.Returns(R).Concat(Make.Returns("g", "solver", [0, 0, 0, 0, .. R])[4..]);
        Make.Near(Estimates.Advantages(Make.Returns(R), GrpoAdvantage.DrGrpo), Estimates.Advantages(twice, GrpoAdvantage.DrGrpo)[..4], 1e-15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Estimate_EpsilonNotPositive_IsRefused(double epsilon) =>
        Assert.Contains("Epsilon is", Assert.Throws<AgentTeamsException>(() => new GrpoAdvantage { Epsilon = epsilon }.Estimate([])).Message, StringComparison.Ordinal);

    [Fact]
    public void Estimate_OneGroup_MatchesTheOracles()
    {
        var o = Oracles.Load("group");
        var r = Make.Returns(o.Numbers("returns"));
        foreach (var epsilon in o.GetProperty("grpo").EnumerateObject())
            Make.Near(o.Numbers("grpo", epsilon.Name), Estimates.Advantages(r, new GrpoAdvantage { Epsilon = double.Parse(epsilon.Name, CultureInfo.InvariantCulture) }), 1e-12);
        Make.Near(o.Numbers("grpo", "1e-06"), Estimates.Advantages(r, new GrpoAdvantage()), 1e-12);
        Make.Near(o.Numbers("magrpo"), Estimates.Advantages(r, GrpoAdvantage.Magrpo), 1e-12);
        Make.Near(o.Numbers("dr_grpo"), Estimates.Advantages(r, GrpoAdvantage.DrGrpo), 1e-12);
        Make.Near(o.Numbers("rloo"), Estimates.Advantages(r, new RlooAdvantage()), 1e-12);
        foreach (var other in new[] { o.GetProperty("binary"), o.GetProperty("sparse") })
            Make.Near(other.Numbers("grpo"), Estimates.Advantages(Make.Returns(other.Numbers("returns")), new GrpoAdvantage()), 1e-12);
    }
}
