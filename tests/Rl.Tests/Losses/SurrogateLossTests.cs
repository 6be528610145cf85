namespace AgentTeams.Tests;

public sealed class SurrogateLossTests
{
    private static readonly float[] s_logProbs = [-1, -0.5f, -2];
    private static readonly float[] s_old = [-1.2f, -0.9f, -1.2f];

    private static readonly SurrogateLoss[] s_losses =
    [
        new PolicyGradientLoss { ClipLow = 0.3, ClipHigh = 0.25, DualClip = 1.5 }, new GspoLoss { ClipLow = 0.2, ClipHigh = 0.2 }, new GmpoLoss { ClipLow = 0.2, ClipHigh = 0.3 },
        new SapoLoss { TauNegative = 1.5 }, new ClipCovLoss { Share = 0.3, Low = -10, High = 10 }, new KlCovLoss { Share = 0.3 },
    ];

    public static TheoryData<int> Losses => [.. Enumerable.Range(0, s_losses.Length)];

    private static TrainingRow Row(float advantage, int tokens = 3) => Make.Row(tokens) with { Advantages = [.. Enumerable.Repeat(advantage, tokens)], BehaviorLogProbs = s_old[..tokens] };

    private static (TokenLossResult Result, float[] Gradient) Run(ITokenLoss loss, TrainingRow row)
    {
        var (result, gradients) = LossChecks.Run(loss, LossAggregation.SequenceMeanTokenMean.Weigh([row]), [LossChecks.Scores(s_logProbs[..row.CompletionIds.Length])]);
        return (result, gradients[0].LogProbs);
    }

    [Theory]
    [InlineData(1, 3, -0.935507)]
    [InlineData(-1, 3, 0.935507)]
    [InlineData(1, 2, -1.2)]
    [InlineData(-1, 2, 1.349859)]
    public void Gspo_SequenceRatio_MatchesTheOracle(float advantage, int tokens, double expected) =>
        Assert.Equal(expected, Run(new GspoLoss { ClipLow = 0.2, ClipHigh = 0.2 }, Row(advantage, tokens)).Result.Loss, 1e-6);

    [Fact]
    public void Gspo_BoundsUnlessGiven_AreThePublishedOnes()
    {
        Assert.Equal(-1.0004, Run(new GspoLoss(), Row(1, 2)).Result.Loss, 1e-7);
        var (result, gradient) = Run(new GspoLoss(), Row(-1));
        Assert.Equal((0.9997, 1.0), (result.Loss, result.Metrics["clip_ratio/low_mean"]), new Within(1e-6));
        Assert.Equal([0, 0, 0], gradient);
    }

    [Theory]
    [InlineData(1, -0.875173)]
    [InlineData(-1, 1.142631)]
    public void Gmpo_GeometricMean_MatchesTheOracle(float advantage, double expected) =>
        Assert.Equal(expected, Run(new GmpoLoss { ClipLow = 0.2, ClipHigh = 0.2 }, Row(advantage)).Result.Loss, 1e-6);

    [Fact]
    public void Gmpo_BoundHolds_ThatTokenIsNotPushed()
    {
        var (result, gradient) = Run(new GmpoLoss { ClipLow = 0.2, ClipHigh = 0.3 }, Row(1));
        Assert.Equal(0, gradient[1]);
        Assert.Equal(result.Loss / 3, gradient[0], 1e-6);
        Assert.Equal(1 / 3.0, result.Metrics["clip_ratio/high_mean"], 1e-6);
    }

    [Fact]
    public void Cispo_EachToken_MatchesTheOracle()
    {
        var loss = new CispoLoss { ClipLow = 0.2, ClipHigh = 0.2 };
        double[] values = [1.2, 0.6, 1.6];
        for (var t = 0; t < 3; t++)
        {
            var row = Make.Row(1) with { Advantages = [1], BehaviorLogProbs = [s_old[t]] };
            var (result, gradients) = LossChecks.Run(loss, [row], [LossChecks.Scores(s_logProbs[t])]);
            Assert.Equal(values[t], result.Loss, 1e-6);
            Assert.Equal(values[t] / s_logProbs[t], gradients[0].LogProbs[0], 1e-6);
        }

        Assert.Equal((2 / 3.0, 1 / 3.0), (Run(loss, Row(1)).Result.Metrics["clip_ratio/high_mean"], Run(loss, Row(1)).Result.Metrics["clip_ratio/low_mean"]), new Within(1e-6));
    }

    [Fact]
    public void Cispo_BoundsUnlessGiven_HoldOnlyWeightsAboveFive()
    {
        TrainingRow Of(float old) => Make.Row(1) with { Advantages = [1], BehaviorLogProbs = [old] };
        Assert.Equal(-5, LossChecks.Run(new CispoLoss(), [Of(-9)], [LossChecks.Scores(-1)]).Gradients[0].LogProbs[0]);
        Assert.Equal(-Math.Exp(-6), LossChecks.Run(new CispoLoss(), [Of(-1)], [LossChecks.Scores(-7)]).Gradients[0].LogProbs[0], 1e-8);
    }

    [Fact]
    public void Sapo_EachToken_MatchesTheOracle()
    {
        double[] values = [-2.220503, -2.482145, -1.462835];
        for (var t = 0; t < 3; t++)
        {
            var row = Make.Row(1) with { Advantages = [1], BehaviorLogProbs = [s_old[t]] };
            Assert.Equal(values[t], LossChecks.Run(new SapoLoss(), [row], [LossChecks.Scores(s_logProbs[t])]).Result.Loss, 1e-6);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Sapo_OnPolicy_PushesAsThePlainSurrogateAndAnEndlessRatioNothing(float advantage)
    {
        var row = Make.Row(1) with { Advantages = [advantage], BehaviorLogProbs = [-1] };
        Assert.Equal(-advantage, LossChecks.Run(new SapoLoss(), [row], [LossChecks.Scores(-1)]).Gradients[0].LogProbs[0], 1e-6);
        Assert.Equal(0, LossChecks.Run(new SapoLoss(), [row with { BehaviorLogProbs = [-2000] }], [LossChecks.Scores(-1)]).Gradients[0].LogProbs[0]);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Gradient_AnySurrogate_IsThatOfItsValueAndTheSameForAnySplit(int which)
    {
        var random = new Random(which);
        for (var trial = 0; trial < 40; trial++)
        {
            var loss = s_losses[which] with { KlEstimator = (KlEstimator)(trial % 4), KlCoefficient = trial % 3 * 0.3, EntropyCoefficient = trial % 2 * 0.2 };
            var (rows, scores) = LossChecks.Batch(random, 6);
            var update = loss.Prepare(LossAggregation.SequenceMeanTokenMean.Weigh(rows));
            LossChecks.GradientIsThatOfTheValue(loss, update, scores);
            LossChecks.AnySplitGivesTheSame(loss, update, scores, random);
        }
    }

    [Fact]
    public void Gradient_CispoWithItsWeightHeld_IsThatOfItsValueAndTheSameForAnySplit()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 40; trial++)
        {
            var loss = new CispoLoss { ClipLow = 0.3, ClipHigh = 0.3, KlEstimator = KlEstimator.K2, KlCoefficient = trial % 2 };
            var (rows, scores) = LossChecks.Batch(random, 6);
            var update = LossAggregation.TokenMean.Weigh(rows);
            LossChecks.GradientIsThatOfTheValue(loss, update, scores, (row, t, by) => row with { BehaviorLogProbs = [.. row.BehaviorLogProbs.Select((p, i) => i == t ? p + by : p)] });
            LossChecks.AnySplitGivesTheSame(loss, update, scores, random);
        }
    }

    /// <summary>With the ratio's value held, each token is PPO's with the sequence's ratio for its own.</summary>
    [Fact]
    public void Gspo_PerToken_PushesEachTokenWithItsOwnAdvantage()
    {
        var row = Row(1) with { Advantages = [2, -1, 0.5f], Weights = [0.5f, 0.25f, 0.25f] };
        var mean = (0.2f + 0.4f - 0.8f) / 3;
        var expected = LossChecks.Run(new PolicyGradientLoss { ClipLow = 0.05, ClipHigh = 1 }, [row with { BehaviorLogProbs = [.. s_logProbs.Select(p => p - mean)] }], [LossChecks.Scores(s_logProbs)]);
        var (result, gradients) = LossChecks.Run(new GspoLoss { ClipLow = 0.05, ClipHigh = 1, PerToken = true }, [row], [LossChecks.Scores(s_logProbs)]);
        Assert.Equal(expected.Result.Loss, result.Loss, 1e-6);
        Assert.Equal([0f], gradients[0].LogProbs[1..2]);
        Make.Near([.. expected.Gradients[0].LogProbs.Select(g => (double)g)], [.. gradients[0].LogProbs.Select(g => (double)g)]);
    }

    [Fact]
    public void Gspo_EqualAdvantagesAndWeights_PerTokenIsTheSame()
    {
        var loss = new GspoLoss { ClipLow = 0.2, ClipHigh = 0.2 };
        Make.Near([.. Run(loss, Row(1)).Gradient.Select(g => (double)g)], [.. Run(loss with { PerToken = true }, Row(1)).Gradient.Select(g => (double)g)]);
    }

    [Fact]
    public void Evaluate_OptionsOutOfRange_AreNamed()
    {
        (ITokenLoss Loss, string[] Problems)[] cases =
        [
            (new GspoLoss { ClipLow = -1, ClipHigh = -1 }, ["ClipLow is -1;", "ClipHigh is -1;"]), (new GmpoLoss { ClipLow = -1, ClipHigh = -1 }, ["ClipLow is -1;", "ClipHigh is -1;"]),
            (new CispoLoss { ClipLow = 2, ClipHigh = -1 }, ["ClipLow is 2;", "ClipHigh is -1;"]), (new SapoLoss { TauPositive = 0, TauNegative = 0 }, ["TauPositive is 0;", "TauNegative is 0;"]),
            (new ClipCovLoss { ClipLow = 2, ClipHigh = -1, Share = 2, Low = double.NaN, High = double.NaN }, ["ClipLow is 2;", "ClipHigh is -1;", "Share is 2;", "Low is NaN;", "High is NaN;"]),
            (new KlCovLoss { Share = -1, Coefficient = -1, KlCoefficient = double.NaN }, ["Share is -1;", "Coefficient is -1;", "KlCoefficient is NaN;"]),
        ];
        foreach (var (loss, problems) in cases)
        {
            var message = Assert.Throws<AgentTeamsException>(() => LossChecks.Run(loss, [], [])).Message;
            Assert.All(problems, p => Assert.Contains(p, message, StringComparison.Ordinal));
        }
    }

    private sealed class Within(double tolerance) : IEqualityComparer<(double A, double B)>
    {
        public bool Equals((double A, double B) x, (double A, double B) y) => Math.Abs(x.A - y.A) <= tolerance && Math.Abs(x.B - y.B) <= tolerance;

        public int GetHashCode((double A, double B) pair) => 0;
    }
}
