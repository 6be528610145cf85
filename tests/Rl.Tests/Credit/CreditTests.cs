namespace AgentTeams.Tests;

public sealed class CreditTests
{
    private static readonly Trajectory Run = Make.Trajectory("t",
        [Make.Node("p0", "planner"), Make.Node("c0", "coder"), new() { Id = "tool", Kind = NodeKind.Tool, Name = "tool", Parents = ["c0"] }, Make.Node("c1", "coder", 1)],
        "g",
        Reward.ForTrajectory("outcome", 1, 2), Reward.ForRole("planner", "plan", 0.5), Reward.ForTurn(0, "delta", 0.25), Reward.ForNode("c1", "format", 1, 0.2), Reward.ForNode("tool", "tool", -0.125));

    private static double[] Assign(ITrajectoryCredit credit, Trajectory? trajectory = null) => [.. credit.Assign(trajectory ?? Run).Select(r => r.Return)];

    [Fact]
    public void Joint_AnyScope_EveryoneEarnsTheSum() => Make.Near([2.825, 2.825, 2.825], Assign(new JointCredit()), 1e-12);

    [Fact]
    public void Role_ShapedRewards_EarnedByTheirOwners() => Make.Near([2.75, 2.125, 2.2], Assign(new RoleCredit()), 1e-12);

    [Fact]
    public void Split_Outcome_IsDivided() => Make.Near([2 / 3.0 + 0.75, 2 / 3.0 + 0.125, 2 / 3.0 + 0.2], Assign(new SplitCredit()), 1e-12);

    [Fact]
    public void SplitAndFull_GraphOutcome_MatchOracle()
    {
        TrajectoryNode[] nodes = [Make.Node("a", "x"), Make.Node("b", "y"), Make.Node("c", "z")];
        var graph = Make.Trajectory("t", nodes, "g", [Reward.ForTrajectory("outcome", 1), .. nodes.Select(n => Reward.ForNode(n.Id, "format", 1, 0.2))]);
        Make.Near([1.2, 1.2, 1.2], Assign(new RoleCredit(), graph), 1e-12);
        Make.Near([0.533333, 0.533333, 0.533333], Assign(new SplitCredit(), graph));
    }

    [Fact]
    public void Split_OutcomeOnly_SumsToFull()
    {
        var only = Run with { Rewards = [Reward.ForTrajectory("outcome", 0.7)] };
        Assert.Equal(Assign(new RoleCredit(), only)[0], Assign(new SplitCredit(), only).Sum(), 1e-12);
    }

    [Theory]
    [InlineData(0, 1, 0.9, 1)]
    [InlineData(0.5, 0, 0.5, 0)]
    [InlineData(0.5, 1, 1.4, 1)]
    public void ReturnToGo_Chain_MatchesOracle(double r0, double r1, double g0, double g1)
    {
        var chain = Make.Trajectory("t", [Make.Node("a", "x"), Make.Node("b", "x", 1)], "g", Reward.ForTurn(0, "r", r0), Reward.ForTurn(1, "r", r1));
        Make.Near([g0, g1], Assign(new ReturnToGoCredit(0.9), chain), 1e-12);
        Make.Near([r0, r1], Assign(new ReturnToGoCredit(0), chain), 0);
    }

    [Fact]
    public void ReturnToGo_RewardOfEachTurn_MatchesTheOracles()
    {
        var o = Oracles.Load("returns");
        foreach (var (rewards, returns) in o.GetProperty("rewards").EnumerateArray().Zip(o.GetProperty("returns").EnumerateArray()))
        {
            var values = rewards.Numbers();
            var chain = Make.Trajectory("t", values.Select((_, t) => Make.Node($"n{t}", "x", t)), "g", [.. values.Select((v, t) => Reward.ForTurn(t, "r", v))]);
            Make.Near(returns.Numbers(), Assign(new ReturnToGoCredit(o.Number("gamma")), chain), 1e-12);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 0.5)]
    [InlineData(0, 0)]
    public void ReturnToGo_LaterTurnWhoseCallsBroke_IsDiscountedAsThatTurn(double gamma, double expected)
    {
        var broken = Make.Node("b", "x", 1) with { Error = new("Timeout", "down") };
        var run = Make.Trajectory("t", [Make.Node("a", "x"), broken], "g", Reward.ForTurn(1, "r", 1));
        Make.Near([expected], Assign(new ReturnToGoCredit(gamma), run), 1e-12);
    }

    [Fact]
    public void ReturnToGo_OutcomeOfARunWhoseLastCallsBroke_FallsIntoTheLastTurnThatCounts()
    {
        var broken = Make.Node("b", "x", 2) with { Error = new("Timeout", "down") };
        var run = Make.Trajectory("t", [Make.Node("a", "x"), Make.Node("c", "x", 1), broken], "g", Reward.ForTrajectory("outcome", 1));
        Make.Near([0.5, 1], Assign(new ReturnToGoCredit(0.5), run), 1e-12);
    }

    [Fact]
    public void ReturnToGo_OutcomeOnly_IsDiscountedFromTheLastTurn() =>
        Make.Near([1, 1, 2], Assign(new ReturnToGoCredit(0.5), Run with { Rewards = [Reward.ForTrajectory("outcome", 2)] }), 1e-12);

    [Fact]
    public void Role_RewardOfAbsentRole_IsRefused()
    {
        var lost = Run with { Rewards = [Reward.ForRole("critic", "style", 1)] };
        Assert.Contains("'critic'", Assert.Throws<AgentTeamsException>(() => new RoleCredit().Assign(lost)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Assign(new JointCredit(), lost)[0]);
    }

    [Fact]
    public void Assign_NobodySpoke_IsEmpty()
    {
        var silent = Make.Trajectory("t", [], "g", Reward.ForTrajectory("outcome", 0));
        Assert.All((ITrajectoryCredit[])[new JointCredit(), new RoleCredit(), new SplitCredit(), new ReturnToGoCredit()], c => Assert.Empty(c.Assign(silent)));
    }

    [Fact]
    public void ReturnToGo_GammaOutOfRange_IsRefused() => Assert.Throws<AgentTeamsException>(() => new ReturnToGoCredit(1.5));

    [Fact]
    public void ReturnToGo_RewardOfARole_FallsIntoItsLastTurn() =>
        Make.Near([0, 0, 1], [.. Assign(new ReturnToGoCredit(0), Run with { Rewards = [Reward.ForRole("coder", "format", 1)] }).TakeLast(3)], 1e-12);

    [Fact]
    public void Assign_NoTrajectory_IsRefused() =>
        Assert.All((ITrajectoryCredit[])[new JointCredit(), new RoleCredit(), new SplitCredit(), new ReturnToGoCredit()], c => Assert.Throws<ArgumentNullException>(() => c.Assign(null!)));

    [Fact]
    public void ReturnToGo_GammaOutOfRange_NamesTheValue() =>
        Assert.Contains("gamma is 1.5", Assert.Throws<AgentTeamsException>(() => new ReturnToGoCredit(1.5)).Message, StringComparison.Ordinal);
}
