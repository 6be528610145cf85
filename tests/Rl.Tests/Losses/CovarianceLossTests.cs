namespace AgentTeams.Tests;

public sealed class CovarianceLossTests
{
    // The mean advantage is 0 and the mean log-probability -2, so the covariances are 2, -1, -1 and 2.
    private static readonly TrainingRow[] s_rows =
    [
        Make.Row(2) with { Advantages = [1, 1], BehaviorLogProbs = [0, -3], TrajectoryId = "a" },
        Make.Row(2) with { Advantages = [-1, -1], BehaviorLogProbs = [-1, -4], TrajectoryId = "b" },
    ];

    private static readonly TokenScores[] s_scores = [LossChecks.Scores(0, -3), LossChecks.Scores(-1, -4)];

    private static bool[] Chosen(ITokenLoss loss, IReadOnlyList<TrainingRow> rows) => [.. loss.Prepare(rows).SelectMany(r => r.Selected)];

    [Theory]
    [InlineData(0.5, true, false, false, true)]
    [InlineData(0.25, true, false, false, false)]
    [InlineData(0, true, false, false, false)]
    [InlineData(0.75, true, true, false, true)]
    public void KlCov_Share_ChoosesTheLargestCovariances(double share, params bool[] expected) => Assert.Equal(expected, Chosen(new KlCovLoss { Share = share }, s_rows));

    [Fact]
    public void KlCov_ChosenToken_IsPenalisedForLeavingWhereItWas()
    {
        var loss = new KlCovLoss { Share = 0.25, Coefficient = 0.5 };
        var moved = new[] { LossChecks.Scores(-0.5f, -3), s_scores[1] };
        var (result, gradients) = LossChecks.Run(loss, loss.Prepare(s_rows), moved);
        var ratio = Math.Exp(-0.5);
        Assert.Equal(-ratio + 0.5 * 0.5 - 1 + 1 + 1, result.Loss, 1e-6);
        Assert.Equal(-ratio - 0.5, gradients[0].LogProbs[0], 1e-6);
        Assert.Equal((1.0, 4.0), (result.Metrics["kl_cov/selected_mean"], result.Metrics["weight"]));
        Assert.True(loss.Needs.HasFlag(LossNeeds.ZeroAdvantageRows));
    }

    [Fact]
    public void ClipCov_TokensWithinTheBounds_AreDetached()
    {
        Assert.Equal([true, false, false, true], Chosen(new ClipCovLoss { Share = 1 }, s_rows));
        Assert.Equal([false, true, true, false], Chosen(new ClipCovLoss { Share = 1, Low = -2, High = 1 }, s_rows));
        Assert.Equal([false, false, false, false], Chosen(new ClipCovLoss { Share = 1, Low = 2.5 }, s_rows));
        var loss = new ClipCovLoss { Share = 1 };
        var (result, gradients) = LossChecks.Run(loss, loss.Prepare(s_rows), s_scores);
        Assert.Equal([0, -1, 1, 0], gradients.SelectMany(g => g.LogProbs));
        Assert.Equal((0.0, 2.0), (result.Loss, result.Metrics["clip_ratio/cov_mean"]));
    }

    [Fact]
    public void ClipCov_MoreWithinThanTheShare_DrawsBySeedAndRun()
    {
        bool[] Of(long seed) => Chosen(new ClipCovLoss { Seed = seed }, s_rows);
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Single(Of(seed), c => c));
        Assert.Equal(Of(1), Of(1));
        Assert.Equal(2, Enumerable.Range(0, 20).Select(seed => Array.IndexOf(Of(seed), true)).Distinct().Count());
    }

    [Fact]
    public void Prepare_MaskedTokens_CountNowhere()
    {
        TrainingRow[] masked = [.. s_rows, Make.Row(1) with { Advantages = [9], BehaviorLogProbs = [-9], Mask = [false] }];
        Assert.Equal([true, false, false, true, false], Chosen(new KlCovLoss { Share = 0.5 }, masked));
    }

    [Fact]
    public void Evaluate_NotPrepared_SaysSo()
    {
        foreach (var loss in new ITokenLoss[] { new KlCovLoss(), new ClipCovLoss() })
        {
            Assert.Contains("Call the loss's Prepare with all rows", Assert.Throws<AgentTeamsException>(() => LossChecks.Run(loss, s_rows, s_scores)).Message, StringComparison.Ordinal);
            Assert.Contains("0 behaviour log-probabilities for 2", Assert.Throws<AgentTeamsException>(() => loss.Prepare([s_rows[0] with { BehaviorLogProbs = [] }])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TrainAsync_WithACovarianceLoss_PreparesEachUpdate()
    {
        using var bandit = new Bandit();
        await foreach (var step in bandit.Trainer(new() { Steps = 1, TasksPerStep = 2, GroupSize = 4, Loss = new KlCovLoss { Share = 0.25 } }).TrainAsync())
            Assert.Equal(0.25, step.Metrics["m/kl_cov/selected_mean"], 0.03);
    }
}
