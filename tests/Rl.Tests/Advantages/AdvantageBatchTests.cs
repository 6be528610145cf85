namespace AgentTeams.Tests;

public sealed class AdvantageBatchTests
{
    private static readonly (string T, string Role, double R)[] Rows =
    [
        ("t0", "solver", 1.0), ("t0", "verifier", 0.9), ("t1", "solver", 0), ("t1", "verifier", 0), ("t1", "solver", 0),
        ("t2", "solver", 0.9), ("t2", "verifier", 1.0), ("t3", "solver", 0), ("t3", "verifier", -0.1), ("t3", "solver", -0.1),
    ];

    private static InvocationReturn[] DrMas(Func<string, double, double>? map = null) =>
        [.. Rows.Select(r => Make.Return(r.T, r.Role, 0, map?.Invoke(r.Role, r.R) ?? r.R))];

    [Fact]
    public void Compute_ByRole_IsDrMas() => Make.Near(
        [1.383494, 0.775553, -0.592926, -0.775553, -0.592926, 1.185852, 0.947899, -0.592926, -0.947899, -0.790568],
        Estimates.Advantages(DrMas(), new GrpoAdvantage(), GroupKey.ByRole));

    [Fact]
    public void Compute_TrajectoryUnit_IsVanilla() => Make.Near(
        [0.86503, 0.86503, -0.806384, -0.806384, -0.806384, 0.86503, 0.86503, -0.923677, -0.923677, -0.923677],
        Estimates.Advantages(DrMas(), new GrpoAdvantage(), GroupKey.Group, SampleUnit.Trajectory));

    [Fact]
    public void Compute_PooledRows_Matches() => Make.Near(
        [1.254069, 1.058121, -0.705414, -0.705414, -0.705414, 1.058121, 1.254069, -0.705414, -0.901362, -0.901362],
        Estimates.Advantages(DrMas(), new GrpoAdvantage()));

    [Fact]
    public void Compute_ByRole_IgnoresEachRolesScaleAndPooledDoesNot()
    {
        static double Map(string role, double r) => role == "solver" ? 50 * r + 8 : r;
        var exact = new GrpoAdvantage { Epsilon = 1e-12 };
        Make.Near(Estimates.Advantages(DrMas(), exact, GroupKey.ByRole), Estimates.Advantages(DrMas(Map), exact, GroupKey.ByRole), 1e-9);
        Assert.NotEqual(Estimates.Advantages(DrMas(), exact)[0], Estimates.Advantages(DrMas(Map), exact)[0], 0.1);
    }

    [Fact]
    public void Compute_RolesOfDifferentScale_DrownOnlyWhenPooled()
    {
        InvocationReturn[] rows = [.. Make.Returns("g", "A", 1, 0, 1, 0), .. Make.Returns("g", "B", 8, 12, 10, 14)];
        Make.Near([-0.808694, -0.978945, -0.808694, -0.978945, 0.383065, 1.064071, 0.723568, 1.404573], Estimates.Advantages(rows, new GrpoAdvantage()));
        Make.Near([0.866025, -0.866025, 0.866025, -0.866025, -1.161895, 0.387298, -0.387298, 1.161895],
            Estimates.Advantages(rows, new GrpoAdvantage { Epsilon = 1e-9 }, GroupKey.ByRole));
    }

    [Fact]
    public void Compute_ByRoleAndTurn_ComparesSameTurns() => Make.Near([-0.707104, 0.707105, 0.707104, -0.707105], Estimates.Advantages(
        [Make.Return("t0", "coder", 0, 0.2), Make.Return("t0", "coder", 1, 1), Make.Return("t1", "coder", 0, 0.6), Make.Return("t1", "coder", 1, 0.4)],
        new GrpoAdvantage(), GroupKey.ByRoleAndTurn));

    [Fact]
    public void Compute_RolloutLevel_DoesNotCountLongRolloutsMore()
    {
        InvocationReturn[] rows = [Make.Return("A", "s", 0, 1), Make.Return("A", "s", 1, 1), Make.Return("B", "s", 0, 0)];
        Make.Near([0.577349, 0.577349, -1.154699], Estimates.Advantages(rows, new GrpoAdvantage()));
        Make.Near([0.707106, 0.707106, -0.707106], Estimates.Advantages(rows, new GrpoAdvantage(), GroupKey.Group, SampleUnit.Trajectory));
    }

    [Theory]
    [InlineData(SampleUnit.Invocation)]
    [InlineData(SampleUnit.Trajectory)]
    public void Compute_RowsPermuted_ChangesNoBit(SampleUnit unit)
    {
        var random = new Random(3);
        InvocationReturn[] rows = [.. Enumerable.Range(0, 60).Select(i => Make.Return($"t{i % 9}", i % 2 == 0 ? "a" : "b", i, random.NextDouble() * 1e3, $"g{i % 3}"))];
        foreach (var estimator in (IAdvantageEstimator[])[new GrpoAdvantage(), GrpoAdvantage.Magrpo, new GrpoAdvantage { Scale = AdvantageScale.BatchStd }, new RlooAdvantage()])
        {
            var straight = Estimates.Advantages(rows, estimator, GroupKey.ByRole, unit);
            int[] order = [.. Enumerable.Range(0, rows.Length)];
            random.Shuffle(order);
            var shuffled = Estimates.Advantages(order.Select(i => rows[i]), estimator, GroupKey.ByRole, unit);
            for (var i = 0; i < order.Length; i++) Assert.Equal(straight[order[i]], shuffled[i]);
        }
    }

    [Fact]
    public void Compute_FullSharingWithOneRole_IsSingleAgent() => Make.Near(
        Estimates.Advantages(Make.Returns(1, 0.5, 0, 0.25), new GrpoAdvantage()),
        Estimates.Advantages(Make.Returns(1, 0.5, 0, 0.25), new GrpoAdvantage(), GroupKey.ByRole | GroupKey.Policy), 0);

    [Fact]
    public void Compute_AlignedTeamOfOneTurn_GivesEachAgentTheSingleAgentAdvantage()
    {
        double[] r = [1, 0.5, 0, 0.25];
        var alone = Estimates.Advantages(Make.Returns(r), GrpoAdvantage.Magrpo);
        var joint = r.SelectMany((v, i) => new JointCredit().Assign(Make.Trajectory($"t{i}", [Make.Node("a", "x"), Make.Node("b", "y")], "g", Reward.ForTrajectory("outcome", v))));
        var team = Estimates.Advantages(joint, GrpoAdvantage.Magrpo, GroupKey.ByRole);
        for (var i = 0; i < r.Length; i++) Assert.Equal((alone[i], alone[i]), (team[2 * i], team[2 * i + 1]));
    }

    [Fact]
    public void Compute_SingletonsAndEqualGroups_AreZeroAndCounted()
    {
        InvocationReturn[] rows = [.. Make.Returns("a", "s", 0.7), .. Make.Returns("b", "s", 0.3, 0.3), .. Make.Returns("c", "v", 0, 1), Make.Return("d", "v", 0, 1, "d"), Make.Return("d", "v", 1, 0, "d")];
        foreach (var estimator in (IAdvantageEstimator[])[new GrpoAdvantage(), GrpoAdvantage.DrGrpo, new RlooAdvantage()])
        {
            var batch = AdvantageBatch.Compute(rows, estimator, GroupKey.Group, SampleUnit.Invocation);
            Assert.All([.. batch.Rows.Take(3), .. batch.Rows.TakeLast(2)], r => Assert.Equal(0, r.Tokens.Advantages[0]));
            Assert.Equal((4, 2, 1, 0.25), (batch.Report.Groups, batch.Report.Singletons, batch.Report.ZeroVariance, batch.Report.FractionZeroStd));
            Assert.Equal(0.25, batch.Report.ToMetrics()["frac_reward_zero_std"]);
            Assert.Equal(0.5, batch.Report.ToMetrics()["v/reward"], 1e-12);
            Assert.Equal(Math.Sqrt(1.0 / 3), batch.Report.Roles["v"].Std, 1e-12);
        }
    }

    [Fact]
    public void Compute_ForkKey_ComparesSiblings()
    {
        static InvocationReturn Child(string id, string parent, double r)
        {
            var made = Make.Return(id, "s", 1, r);
            return made with { Trajectory = made.Trajectory with { ParentId = parent, ForkNodeId = "n" } };
        }

        Make.Near([0.5, -0.5, -0.2, 0.2], Estimates.Advantages(
            [Child("a", "p", 1), Child("b", "p", 0), Child("c", "q", 0.5), Child("d", "q", 0.9)], GrpoAdvantage.DrGrpo, GroupKey.Group | GroupKey.Fork), 1e-12);
    }

    [Fact]
    public void Compute_ReturnNotFinite_NamesTheInvocation()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Estimates.Advantages([Make.Return("t7", "coder", 2, double.NaN)], new GrpoAdvantage()));
        Assert.Contains("'t7'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'coder2'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_NoReturns_IsEmpty() => Assert.Empty(Estimates.Advantages([], new GrpoAdvantage()));

    [Fact]
    public void Compute_TwoRoles_MatchesTheOracles()
    {
        var o = Oracles.Load("roles");
        InvocationReturn[] rows = [.. o.GetProperty("rows").EnumerateArray().Select(r => Make.Return(r[0].GetString()!, r[1].GetString()!, 0, r[2].GetDouble()))];
        Make.Near(o.Numbers("by_role"), Estimates.Advantages(rows, new GrpoAdvantage(), GroupKey.ByRole), 1e-12);
        Make.Near(o.Numbers("by_trajectory"), Estimates.Advantages(rows, new GrpoAdvantage(), GroupKey.Group, SampleUnit.Trajectory), 1e-12);
        Make.Near(o.Numbers("by_row"), Estimates.Advantages(rows, new GrpoAdvantage()), 1e-12);
    }

    [Theory]
    [InlineData(GroupKey.Branch)]
    [InlineData(GroupKey.Policy)]
    public void Compute_ByBranchOrPolicy_ComparesWithinIt(GroupKey key)
    {
        InvocationReturn Of(int i, double value) => Make.Return($"t{i}", "coder", 0, value) with
        {
            Node = Make.Node("n", "coder") with { Branch = i < 2 ? "left" : null, Policy = i < 2 ? new("m") : null },
        };
        Make.Near([0.5, -0.5, 10, -10], Estimates.Advantages([Of(0, 1), Of(1, 0), Of(2, 20), Of(3, 0)], GrpoAdvantage.DrGrpo, key));
    }

    [Fact]
    public void Compute_BadInput_IsRefusedByName()
    {
        Assert.Throws<ArgumentNullException>(() => AdvantageBatch.Compute(null!, new GrpoAdvantage(), GroupKey.Group, SampleUnit.Invocation));
        Assert.Throws<ArgumentNullException>(() => AdvantageBatch.Compute([], null!, GroupKey.Group, SampleUnit.Invocation));
        Assert.Contains("The return of node 'coder0' (role 'coder') of trajectory 't' is NaN", Assert.Throws<AgentTeamsException>(() =>
            Estimates.Advantages([Make.Return("t", "coder", 0, double.NaN)], new GrpoAdvantage())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfABatch_CountsGroupsAndDescribesEachRole()
    {
        InvocationReturn[] returns = [Make.Return("t0", "coder", 0, 1), Make.Return("t1", "coder", 0, 3), Make.Return("t0", "planner", 0, 2), Make.Return("t2", "human", 0, 5, "alone")];
        var report = AdvantageBatch.Compute([.. returns[..3], returns[3] with { Node = returns[3].Node with { Role = null } }], new GrpoAdvantage(), GroupKey.ByRole, SampleUnit.Invocation).Report;
        var metrics = report.ToMetrics();
        Assert.Equal((3.0, 2.0, 0.0), (metrics["groups"], metrics["groups/singleton"], metrics["frac_reward_zero_std"]));
        Make.Near([2, Math.Sqrt(2), 2, 0, 5], [metrics["coder/reward"], metrics["coder/reward_std"], metrics["planner/reward"], metrics["planner/reward_std"], metrics["/reward"]]);
        Assert.Equal(0, AdvantageBatch.Compute([], new GrpoAdvantage(), GroupKey.Group, SampleUnit.Invocation).Report.FractionZeroStd);
    }

    [Fact]
    public void Moments_Sum_AddsTheSmallFirst() => Assert.Equal(1e16 + 2, Moments.Sum([1e16, 1, 1]));

    [Fact]
    public void Moments_OfNothing_AreEqualAndZero() => Assert.Equal(new Moments(0, 0, 0, true), Moments.Of([]));
}
