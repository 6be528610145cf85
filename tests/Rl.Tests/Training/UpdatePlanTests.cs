namespace AgentTeams.Tests;

public sealed class UpdatePlanTests
{
    private static readonly PolicyId s_policy = new("m");

    public static TheoryData<LossAggregation, double, double> Weights => new()
    {
        { LossAggregation.TokenMean, 7.0 / 18, 1.0 / 18 },
        { LossAggregation.SequenceMeanTokenMean, 0.4375, 0.03125 },
        { LossAggregation.SequenceMeanTokenSum, 0.875, 0.125 },
        { LossAggregation.DrGrpo(4), 0.21875, 0.03125 },
        { LossAggregation.TokenSum(10), 0.7, 0.1 },
    };

    [Theory]
    [MemberData(nameof(Weights))]
    public void Create_EqualSamples_EachCountAsOne(LossAggregation aggregation, double often, double once)
    {
        using var bandit = new Bandit();
        List<TrainingRow> rows = [.. Enumerable.Range(0, 7).Select(i => Row(i, [5, 6], 0.3f)), Row(7, [7, 8, 9, 10], -2.6f)];
        var update = Assert.Single(Create(bandit, rows, new() { Aggregation = aggregation }));
        Assert.Equal(8, update.Count);
        Make.Near([often, once], [update.Where(r => r.CompletionIds.Length == 2).Sum(r => r.Weights[0]), update.Single(r => r.CompletionIds.Length == 4).Weights[0]]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-12)]
    public void Create_GroupsWithoutAdvantage_StayInTheDenominator(double kl)
    {
        using var bandit = new Bandit();
        using var reference = bandit.Models.GetModel(s_policy).SnapshotAsync(s_policy).Now();
        List<TrainingRow> rows = [.. Enumerable.Range(0, 8).Select(i => Row(i, [5 + i, 6], i < 2 ? 1 - 2 * i : 0))];
        var options = new RlOptions { Aggregation = LossAggregation.DrGrpo(2), Loss = new PolicyGradientLoss { KlCoefficient = kl } };
        var update = Assert.Single(Create(bandit, rows, options, kl == 0 ? null : reference));
        Assert.Equal(kl == 0 ? 2 : 8, update.Count);
        Assert.All(update, r => Assert.Equal(0.0625f, r.Weights[0]));
    }

    [Fact]
    public void Create_SeveralMiniBatches_KeepTrajectoriesWhole()
    {
        using var bandit = new Bandit();
        List<TrainingRow> rows = [.. Enumerable.Range(0, 12).Select(i => Row(i / 3, [5, 6], 1))];
        var updates = Create(bandit, rows, new() { MiniBatches = 2 });
        Assert.Equal([6, 6], updates.Select(u => u.Count));
        Assert.Empty(updates[0].Select(r => r.TrajectoryId).Intersect(updates[1].Select(r => r.TrajectoryId)));
    }

    [Fact]
    public void Create_SeveralMiniBatches_KeepCouplingsWholeAndSideBySide()
    {
        using var bandit = new Bandit();
        // The couplings join trajectories 0 and 2, and 1 and 3; trajectory 4 stands alone.
        string?[] couplings = ["p", "q", "p", "q", null];
        List<TrainingRow> rows = [.. Enumerable.Range(0, 10).Select(i => Row(i % 5, [5, 6], 1) with { Coupling = couplings[i % 5] })];
        var updates = Create(bandit, rows, new() { MiniBatches = 3 });
        Assert.Equal([4, 4, 2], updates.Select(u => u.Count));
        Assert.Equal(["t0", "t0", "t2", "t2"], updates[0].Select(r => r.TrajectoryId).Order());
        Assert.Equal(["q", "q", "q", "q"], updates[1].Select(r => r.Coupling!));
        var mixed = Create(bandit, [Row(0, [5, 6], 1) with { Coupling = "p" }, Row(0, [5, 6], 1), Row(1, [5, 6], 1) with { Coupling = "p" }], new() { MiniBatches = 2 });
        Assert.Equal(["p", "p", null], Assert.Single(mixed).Select(r => r.Coupling));
    }

    [Fact]
    public void Create_ModelThatIsNotExact_CorrectsRatiosAndSaysHowFarTheSamplerWas()
    {
        using var bandit = new Bandit();
        var metrics = new Dictionary<string, double>();
        using var model = new TolerantModel(bandit.Models.GetModel(s_policy));
        var updates = UpdatePlan.CreateAsync(model, s_policy, [Row(0, [5, 6], 1)], new(), null, metrics, CancellationToken.None).Now();
        Assert.Equal(2, updates[0][0].ImportanceWeights.Length);
        Assert.Contains("m/sampling/sampling_logp_difference/mean", metrics.Keys);
        Assert.Empty(Create(bandit, [Row(0, [5, 6], 1)], new())[0][0].ImportanceWeights);
    }

    private static List<List<TrainingRow>> Create(Bandit bandit, List<TrainingRow> rows, RlOptions options, ITokenScorer? reference = null) =>
        UpdatePlan.CreateAsync(bandit.Models.GetModel(s_policy), s_policy, rows, options, reference, new Dictionary<string, double>(), CancellationToken.None).Now();

    private static TrainingRow Row(int trajectory, int[] completion, float advantage) => new()
    {
        PromptIds = [1, 2], CompletionIds = completion, Role = "x", NodeId = "x", TrajectoryId = $"t{trajectory}",
        Advantages = [.. completion.Select(_ => advantage)], BehaviorLogProbs = [.. completion.Select(_ => -1f)],
    };
}
