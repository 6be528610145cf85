namespace AgentTeams.Tests;

public sealed class LossAggregationTests
{
    // Losses [[1, 2, 3], [4, -, -]] as negative log-probabilities.
    private static readonly TrainingRow[] Rows = [Make.Row(3), Make.Row(3) with { Weights = [1, 0, 0] }];
    private static readonly TokenScores[] Scores = [new([-1, -2, -3], new float[3], []), new([-4, -9, -9], new float[3], [])];

    public static TheoryData<LossAggregation, double> Modes => new()
    {
        { LossAggregation.TokenMean, 2.5 },
        { LossAggregation.SequenceMeanTokenSum, 5 },
        { LossAggregation.SequenceMeanTokenMean, 3 },
        { LossAggregation.DrGrpo(3), 10 / 6.0 },
        { LossAggregation.TokenSum(3), 10 / 3.0 },
        { LossAggregation.SequenceMeanTokenSumNorm(3), 10 / 3.0 },
        { LossAggregation.CouplingMean, 5 },
    };

    private static double Loss(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores) =>
        new SftLoss().Evaluate(rows, scores, [.. rows.Select(r => Make.Gradient(r.CompletionIds.Length))]).Loss;

    [Theory]
    [MemberData(nameof(Modes), DisableDiscoveryEnumeration = true)]
    public void Weigh_TwoRows_MatchesOracle(LossAggregation aggregation, double expected) =>
        Assert.Equal(expected, Loss(aggregation.Weigh(Rows), Scores), 1e-6);

    [Theory]
    [MemberData(nameof(Modes), DisableDiscoveryEnumeration = true)]
    public void Weigh_MicroBatchesOfOne_SumToTheSame(LossAggregation aggregation, double expected)
    {
        var rows = aggregation.Weigh(Rows);
        Assert.Equal(expected, Loss([rows[0]], [Scores[0]]) + Loss([rows[1]], [Scores[1]]), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Modes), DisableDiscoveryEnumeration = true)]
    public void Weigh_MaskedRowAdded_ChangesNothing(LossAggregation aggregation, double expected) =>
        Assert.Equal(expected, Loss(aggregation.Weigh([.. Rows, Make.Row(3) with { Weights = [0, 0, 0] }]), [.. Scores, Scores[0]]), 1e-6);

    [Fact]
    public void Weigh_NothingToTrain_IsRefused()
    {
        Assert.Throws<AgentTeamsException>(() => LossAggregation.TokenMean.Weigh([Make.Row(2) with { Weights = [0, 0] }]));
        Assert.Empty(LossAggregation.TokenMean.Weigh([]));
    }

    [Fact]
    public void Weigh_NegativeMask_NamesTheRow() => Assert.Contains("'n'",
        Assert.Throws<AgentTeamsException>(() => LossAggregation.TokenMean.Weigh([Make.Row(1) with { Weights = [-1] }])).Message, StringComparison.Ordinal);

    [Fact]
    public void DrGrpo_NoLength_IsRefused() => Assert.Throws<AgentTeamsException>(() => LossAggregation.DrGrpo(0));

    [Fact]
    public void Weigh_TwoRows_MatchesTheOracles()
    {
        var o = Oracles.Load("aggregation");
        float[][] losses = [.. o.GetProperty("losses").EnumerateArray().Select(row => row.EnumerateArray().Select(x => x.GetSingle()).ToArray())];
        TrainingRow[] rows = [.. losses.Select(l => Make.Row(l.Length))];
        TokenScores[] scores = [.. losses.Select(l => new TokenScores([.. l.Select(x => -x)], new float[l.Length], []))];
        Assert.Equal(o.Number("token_mean"), Loss(LossAggregation.TokenMean.Weigh(rows), scores), 1e-6);
        Assert.Equal(o.Number("sequence_mean_token_sum"), Loss(LossAggregation.SequenceMeanTokenSum.Weigh(rows), scores), 1e-6);
        Assert.Equal(o.Number("sequence_mean_token_mean"), Loss(LossAggregation.SequenceMeanTokenMean.Weigh(rows), scores), 1e-6);
        Assert.Equal(o.Number("dr_grpo"), Loss(LossAggregation.DrGrpo(o.GetProperty("max_length").GetInt32()).Weigh(rows), scores), 1e-6);
    }

    [Fact]
    public void Weigh_SequenceMeanTokenMean_DividesByTheTokensThatCount()
    {
        var weighed = LossAggregation.SequenceMeanTokenMean.Weigh([Make.Row(3) with { Weights = [1, 0, 1] }, Make.Row(2)]);
        Assert.Equal([0.25f, 0, 0.25f], weighed[0].Weights);
        Assert.Equal([0.25f, 0.25f], weighed[1].Weights);
    }

    [Fact]
    public void Weigh_BadInput_IsRefusedByName()
    {
        Assert.Throws<ArgumentNullException>(() => LossAggregation.TokenMean.Weigh(null!));
        Assert.Contains("None of the batch's 1 rows", Assert.Throws<AgentTeamsException>(() => LossAggregation.TokenMean.Weigh([Make.Row(1) with { Weights = [0] }])).Message, StringComparison.Ordinal);
        Assert.Contains("The constant of the loss aggregation DrGrpo is 0", Assert.Throws<AgentTeamsException>(() => LossAggregation.DrGrpo(0)).Message, StringComparison.Ordinal);
    }

    /// <summary>Agent Lightning divides by the number of rows where we divide by that of rollouts: its 0.058925 is 0.707106 / 4 / 3.</summary>
    [Fact]
    public void Weigh_RolloutMean_LongTrajectoriesWeighNoMore()
    {
        var batch = LossAggregation.RolloutMean.Weigh(
            [Make.Row(3) with { TrajectoryId = "a" }, Make.Row(1) with { TrajectoryId = "a" }, Make.Row(4) with { TrajectoryId = "b" }, Make.Row(2) with { TrajectoryId = "c", Mask = [false, false] }]);
        Assert.All(batch[..3].SelectMany(r => r.Weights), w => Assert.Equal(0.058925, 0.707106 * w * 2 / 3, 1e-6));
        Assert.Equal([0, 0], batch[3].Weights);
    }

    [Fact]
    public void Weigh_MaskedTokens_WeighNothingAndDoNotCount()
    {
        var masked = LossAggregation.TokenMean.Weigh([Make.Row(3) with { Mask = [true, false, true] }, Make.Row(2)]);
        Assert.Equal([0.25f, 0, 0.25f], masked[0].Weights);
        Assert.Throws<AgentTeamsException>(() => LossAggregation.TokenMean.Weigh([Make.Row(3) with { Mask = [true] }]));
    }

    [Fact]
    public void Weigh_CouplingMean_CountsCouplingsAndRowsWithoutOne()
    {
        var padding = Make.Row(1) with { Coupling = "padding", Mask = [false] };
        var batch = LossAggregation.CouplingMean.Weigh([Make.Row(2) with { Coupling = "a" }, Make.Row(1) with { Coupling = "a" }, Make.Row(1) with { Coupling = "" }, Make.Row(1), Make.Row(1), padding]);
        Assert.All(batch[..5].SelectMany(r => r.Weights), w => Assert.Equal(0.25f, w));
        Assert.Equal([0], batch[5].Weights);
    }

    [Fact]
    public void SequenceMeanTokenSumNorm_NoLength_IsRefused() => Assert.Throws<AgentTeamsException>(() => LossAggregation.SequenceMeanTokenSumNorm(0));
}
