namespace AgentTeams.Tests;

public sealed class TrainingHealthTests
{
    private static readonly PolicyId s_policy = new("m");

    public static TheoryData<HealthSign, string, double, double> Signs => new()
    {
        { HealthSign.DeadGroups, "frac_reward_zero_std", 0.2, 0.9 },
        { HealthSign.EntropyCollapse, "m/entropy", 1, 0.05 },
        { HealthSign.GradientSpike, "m/grad_norm", 1, 11 },
        { HealthSign.LogProbDrift, "m/sampling/sampling_logp_difference/mean", 0.01, 0.2 },
        { HealthSign.LengthGrowth, "coder/completions/mean_length", 10, 21 },
        { HealthSign.DominantRole, "coder/gradient_share", 0.5, 0.95 },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    public void Check_MetricOutOfBounds_IsTheOnlyWarning_AndWithinBoundsNone(HealthSign sign, string metric, double well, double unwell)
    {
        var health = new TrainingHealth(new() { Window = 3 });
        for (var step = 0; step < 6; step++) Assert.Empty(health.Check(Step(step, (metric, well))));
        Assert.Equal(sign, Assert.Single(health.Check(Step(6, (metric, unwell)))).Sign);
        Assert.Empty(health.Check(Step(7, (metric, well))));
    }

    [Theory]
    [InlineData(0.05, -0.1, true)]
    [InlineData(0.05, 0.1, false)]
    [InlineData(-0.05, -0.1, false)]
    public void Check_FormatRisesWhileOutcomeFalls_IsCalledPlayed(double format, double outcome, bool isPlayed)
    {
        var health = new TrainingHealth(new() { Window = 3 });
        var signs = new List<HealthSign>();
        for (var step = 0; step < 12; step++)
        {
            signs.AddRange(health.Check(Step(step, ("rewards/format/mean", format * step), ("rewards/format/std", 0.3), ("rewards/outcome/mean", 0.5 + outcome * step), ("rewards/outcome/std", 0.5)))
                .Select(w => w.Sign));
        }

        Assert.Equal(isPlayed, signs.Contains(HealthSign.RewardHacking));
        Assert.DoesNotContain(signs, s => s != HealthSign.RewardHacking);
    }

    [Fact]
    public void Check_GradientSpike_NamesTheRunThatIsFurthestFromItsGroup()
    {
        var health = new TrainingHealth(new() { Window = 2 });
        Trajectory Run(string id, double reward) => Make.Trajectory(id, [Make.Node("a", "m", 2) with { Policy = s_policy }], "g", Reward.ForTrajectory("o", reward));
        for (var step = 0; step < 3; step++) health.Check(Step(step, ("m/grad_norm", 1)));
        var warning = Assert.Single(health.Check(Step(3, ("m/grad_norm", 50)) with { Trajectories = [Run("usual", 0), Run("odd", 9), Run("usual2", 0)] }));
        Assert.Equal(("odd", 2, "m"), (warning.TrajectoryId, warning.Turn, warning.Where));
    }

    [Fact]
    public void Options_OutOfRange_AreAllNamed()
    {
        var error = Assert.Throws<AgentTeamsException>(() => new TrainingHealth(new() { Window = 0, GradientSpike = 1, GradientShare = 2 }));
        foreach (var name in new[] { "Window", "GradientSpike", "GradientShare" }) Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_OneRoleDecides_OnlyItsCallsAreBlamed()
    {
        using var duo = new Duo(reads: false);
        var rewards = new RewardComposer().Add(new OutcomeReward(t => t.Nodes[1].Tokens!.CompletionIds[0] % 2));
        var runs = await rewards.ScoreAsync(await new RolloutRunner<string>(duo.Tasks.Rollout, t => t).RunAsync(["a"], 8, new SeedKey(3, "rl")));
        var points = await FailureAttribution.FindAsync(runs, duo.Forks, rewards, tries: 6);
        Assert.NotEmpty(points);
        Assert.All(points, p => Assert.Equal(("y", 0.0), (p.Node.Role, p.Trajectory.Rewards[0].Value)));
        Assert.Equal(points.Select(p => p.Saves), points.Select(p => p.Saves).OrderDescending());
        await Assert.ThrowsAsync<AgentTeamsException>(() => FailureAttribution.FindAsync(runs, duo.Forks, rewards, tries: 0));
    }

    [Fact]
    public void RoleShares_OneRoleDominates_BalancedEachHasTheSame()
    {
        List<TrainingRow> rows =
        [
            .. Enumerable.Range(0, 9).Select(_ => Make.Row(2) with { Role = "loud", Advantages = [2, -2] }), Make.Row(2) with { Role = "quiet", Advantages = [1, 1] },
        ];
        var shares = RoleShares.Of(rows, LossAggregation.TokenMean);
        Assert.Equal(36 / 38.0, shares["loud"], 1e-6);
        var balanced = RoleShares.Of(RoleShares.Balance(rows, shares), LossAggregation.TokenMean);
        Make.Near([0.5, 0.5], [.. balanced.Values], 1e-6);
        Assert.Empty(RoleShares.Of(rows[..9], LossAggregation.TokenMean));
    }

    private static RlStep Step(int step, params (string Name, double Value)[] metrics) => new()
    {
        Step = step, Metrics = metrics.ToDictionary(m => m.Name, m => m.Value), Trajectories = [], Updates = new Dictionary<PolicyId, int> { [s_policy] = 1 }, Refused = [],
    };
}
