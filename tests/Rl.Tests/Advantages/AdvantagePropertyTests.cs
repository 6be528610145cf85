namespace AgentTeams.Tests;

/// <summary>What holds of advantages for any returns.</summary>
public sealed class AdvantagePropertyTests
{
    private static readonly Random s_random = new(11);

    private static double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => 4 * s_random.NextDouble() - 2)];

    [Fact]
    public void Centred_AnyGroup_SumsToZero()
    {
        IAdvantageEstimator[] all = [new GrpoAdvantage(), GrpoAdvantage.DrGrpo, GrpoAdvantage.Magrpo, new RlooAdvantage(), new GpgAdvantage()];
        for (var trial = 0; trial < 50; trial++) Assert.All(all, e => Assert.Equal(0, Estimates.Advantages(Make.Returns(Draw(7)), e).Sum(), 1e-9));
    }

    [Fact]
    public void Grpo_PositiveAffineMap_ChangesNothing()
    {
        for (var trial = 0; trial < 50; trial++)
        {
            var r = Draw(6);
            Make.Near(Estimates.Advantages(Make.Returns(r), new GrpoAdvantage { Epsilon = 1e-12 }), Estimates.Advantages(Make.Returns([.. r.Select(v => 3 * v + 7)]), new GrpoAdvantage { Epsilon = 1e-12 }), 1e-9);
        }
    }

    [Fact]
    public void ByRole_MapOfOneRole_ChangesNothing_PooledItDoes()
    {
        double[] a = Draw(5), b = Draw(5);
        InvocationReturn[] Rows(double scale, double shift) => [.. Make.Returns("g", "a", a), .. Make.Returns("g", "b", [.. b.Select(v => scale * v + shift)])];
        var estimator = new GrpoAdvantage { Epsilon = 1e-12 };
        Make.Near(Estimates.Advantages(Rows(1, 0), estimator, GroupKey.ByRole), Estimates.Advantages(Rows(9, -4), estimator, GroupKey.ByRole), 1e-9);
        var (pooled, moved) = (Estimates.Advantages(Rows(1, 0), estimator), Estimates.Advantages(Rows(9, -4), estimator));
        Assert.True(pooled.Zip(moved, (p, m) => Math.Abs(p - m)).Max() > 0.1);
    }

    [Fact]
    public void Centred_EveryTrajectoryTwice_KeepsItsAdvantage()
    {
        var r = Draw(5);
        var twice = Estimates.Advantages([.. Make.Returns("g", "s", r), .. Make.Returns("h", "s", r).Select(x => x with { Trajectory = x.Trajectory with { GroupId = "g" } })], GrpoAdvantage.DrGrpo);
        Make.Near(Estimates.Advantages(Make.Returns(r), GrpoAdvantage.DrGrpo), [.. twice[..5]], 1e-9);
        Make.Near([.. twice[..5]], [.. twice[5..]], 0);
    }

    [Fact]
    public void Magrpo_OneTurn_IsGrpoWithItsConvention()
    {
        var r = Draw(6);
        var rows = r.Select((v, i) => Make.Trajectory($"t{i}", [Make.Node("a", "s")], "g", Reward.ForTrajectory("o", v))).SelectMany(new ReturnToGoCredit(0.9).Assign).ToArray();
        Make.Near(Estimates.Advantages(Make.Returns(r), GrpoAdvantage.Magrpo), Estimates.Advantages(rows, RlOptions.Magrpo.Advantage, RlOptions.Magrpo.GroupKey), 0);
    }

    [Fact]
    public void OneRoleOnly_GroupedByRole_IsSingleAgentGrpo()
    {
        var rows = Make.Returns(Draw(6));
        Make.Near(Estimates.Advantages(rows, new GrpoAdvantage()), Estimates.Advantages(rows, new GrpoAdvantage(), GroupKey.ByRole), 0);
    }
}
