using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class PolicyGradientLossTests
{
    private static readonly float[] LogProbs = [-1, -0.5f, -2];
    private static readonly float[] Old = [-1.2f, -0.9f, -1.2f];
    private static readonly float[] Reference = [-1.1f, -0.7f, -1.9f];

    private static TrainingRow Row(float advantage) => Make.Row(3) with
    {
        Advantages = [advantage, advantage, advantage], BehaviorLogProbs = Old, ReferenceLogProbs = Reference,
    };

    private static (TokenLossResult Result, TokenGradient Gradient) Run(PolicyGradientLoss loss, TrainingRow row, params float[] logProbs)
    {
        var gradient = Make.Gradient(row.CompletionIds.Length);
        var batch = LossAggregation.TokenMean.Weigh([row]);
        return (loss.Evaluate(batch, [new(logProbs, new float[logProbs.Length], [])], [gradient]), gradient);
    }

    [Theory]
    [InlineData(1, 0, -0.949776)]
    [InlineData(1, 0.04, -0.949393)]
    [InlineData(-1, 0, 1.171076)]
    [InlineData(-1, 0.04, 1.171459)]
    public void Evaluate_ThreeTokens_MatchesOracle(float advantage, double kl, double expected) =>
        Assert.Equal(expected, Run(new() { KlCoefficient = kl }, Row(advantage), LogProbs).Result.Loss, 1e-5);

    [Fact]
    public void Metrics_ThreeTokens_CountClippedBySide()
    {
        var up = Run(new(), Row(1), LogProbs).Result.Metrics;
        var down = Run(new(), Row(-1), LogProbs).Result.Metrics;
        Make.Near([2 / 3.0, 0, 2 / 3.0], [up["clip_ratio/high_mean"], up["clip_ratio/low_mean"], up["clip_ratio/region_mean"]]);
        Make.Near([0, 1 / 3.0, 1], [down["clip_ratio/high_mean"], down["clip_ratio/low_mean"], down["weight"]]);
    }

    [Fact]
    public void Metrics_Entropy_IsTheMeanOverTheTokens()
    {
        var batch = LossAggregation.TokenMean.Weigh([Row(1)]);
        var result = new PolicyGradientLoss().Evaluate(batch, [new(LogProbs, [0.5f, 1, 1.5f], [])], [Make.Gradient(3)]);
        Assert.Equal(1, result.Metrics["entropy"], 1e-6);
    }

    [Theory]
    [InlineData(KlEstimator.K1, 0.066667)]
    [InlineData(KlEstimator.K2, 0.01)]
    [InlineData(KlEstimator.K3, 0.00958)]
    [InlineData(KlEstimator.Abs, 0.4 / 3)]
    public void Metrics_Kl_IsTheChosenEstimate(KlEstimator estimator, double expected) =>
        Assert.Equal(expected, Run(new() { KlEstimator = estimator }, Row(1), LogProbs).Result.Metrics["kl"], 1e-6);

    [Theory]
    [InlineData(KlEstimator.K1, 1, 1, 1)]
    [InlineData(KlEstimator.K2, 0.1, 0.2, -0.1)]
    [InlineData(KlEstimator.K3, 0.095163, 0.181269, -0.105171)]
    [InlineData(KlEstimator.Abs, 1, 1, -1)]
    public void Gradient_Kl_MatchesOracle(KlEstimator estimator, double a, double b, double c)
    {
        var (_, gradient) = Run(new() { KlEstimator = estimator, KlCoefficient = 1 }, Row(0), LogProbs);
        Make.Near([a, b, c], [.. gradient.LogProbs.Select(g => g * 3.0)]);
    }

    [Theory]
    [InlineData(5, null, 5)]
    [InlineData(5, 3.0, 3)]
    public void Evaluate_NegativeAdvantage_DualClipBounds(double ratio, double? dual, double expected)
    {
        var row = Make.Row(1) with { Advantages = [-1], BehaviorLogProbs = [-3] };
        Assert.Equal(expected, Run(new() { DualClip = dual }, row, (float)(Math.Log(ratio) - 3)).Result.Loss, 1e-5);
    }

    [Fact]
    public void Evaluate_ClipHigher_UsesTheUpperBound()
    {
        var row = Make.Row(1) with { Advantages = [1], BehaviorLogProbs = [-3] };
        Assert.Equal(-1.28, Run(new() { ClipHigh = 0.28 }, row, (float)(Math.Log(1.5) - 3)).Result.Loss, 1e-6);
    }

    [Fact]
    public void Evaluate_NoRecordedLogProbs_IsOnPolicy()
    {
        var (result, gradient) = Run(new(), Make.Row(2) with { Advantages = [2, -1] }, -1, -2);
        Assert.Equal(-0.5, result.Loss, 1e-12);
        Assert.Equal([-1, 0.5f], gradient.LogProbs);
        Assert.DoesNotContain("kl", result.Metrics.Keys);
    }

    [Theory]
    [InlineData(KlEstimator.K1)]
    [InlineData(KlEstimator.K2)]
    [InlineData(KlEstimator.K3)]
    public void Gradient_RandomPoints_MatchesFiniteDifferences(KlEstimator estimator)
    {
        var random = new Random(5);
        float Draw() => (float)(-3 * random.NextDouble());
        for (var trial = 0; trial < 300; trial++)
        {
            var loss = new PolicyGradientLoss
            {
                ClipLow = 0.1 + 0.2 * random.NextDouble(), ClipHigh = 0.1 + 0.3 * random.NextDouble(), DualClip = trial % 2 == 0 ? 1.8 : null,
                KlEstimator = estimator, KlCoefficient = random.NextDouble(), EntropyCoefficient = random.NextDouble(),
            };
            var row = Make.Row(1) with
            {
                Advantages = [(float)(4 * random.NextDouble() - 2)], Weights = [(float)random.NextDouble()],
                BehaviorLogProbs = [Draw()], ReferenceLogProbs = [Draw()],
            };
            const float h = 1f / 1024;
            float p = Draw(), entropy = -Draw();
            double At(float logProb, float e) => loss.Evaluate([row], [new([logProb], [e], [])], [Make.Gradient(1)]).Loss;
            var ratio = Math.Exp(p - row.BehaviorLogProbs[0]);
            double[] kinks = [1 - loss.ClipLow, 1 + loss.ClipHigh, 1.8];
            if (kinks.Any(k => Math.Abs(ratio / k - 1) < 0.01)) continue;
            var gradient = Make.Gradient(1);
            loss.Evaluate([row], [new([p], [entropy], [])], [gradient]);
            // The step that float32 really takes, not the one that was asked for.
            double up = p + h, down = p - h;
            Assert.Equal((At((float)up, entropy) - At((float)down, entropy)) / ((float)up - (double)(float)down), gradient.LogProbs[0], 1e-4);
            Assert.Equal((At(p, entropy + h) - At(p, entropy - h)) / ((double)(entropy + h) - (entropy - h)), gradient.Entropies[0], 1e-4);
        }
    }

    [Fact]
    public void Evaluate_ZeroWeightPadding_ChangesNothing()
    {
        var padding = Make.Row(2) with { Weights = [0, 0], Advantages = [float.NaN, 1], BehaviorLogProbs = [-1, -99] };
        var batch = LossAggregation.TokenMean.Weigh([Row(1), padding]);
        var gradient = Make.Gradient(2);
        var padded = new FiniteLoss(new PolicyGradientLoss()).Evaluate(batch, [new(LogProbs, new float[3], []), new([float.NaN, 0], [0, 0], [])], [Make.Gradient(3), gradient]);
        var (alone, _) = Run(new(), Row(1), LogProbs);
        Assert.Equal(alone.Loss, padded.Loss);
        Assert.Equal(alone.Metrics, padded.Metrics);
        Assert.Equal([0, 0], gradient.LogProbs);
    }

    [Fact]
    public void Evaluate_AdvantagesMissing_NamesTheRow()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Run(new(), Make.Row(2), -1, -1));
        Assert.Contains("0 advantages for 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("'n'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_KlWithoutReference_IsRefused() => Assert.Throws<AgentTeamsException>(() =>
        Run(new() { KlCoefficient = 0.1 }, Make.Row(1) with { Advantages = [1] }, -1));

    [Fact]
    public void Evaluate_OptionsOutOfRange_NamesAllOfThem()
    {
        var loss = new PolicyGradientLoss { ClipLow = -0.1, ClipHigh = double.NaN, DualClip = 1, KlCoefficient = double.NaN, EntropyCoefficient = double.PositiveInfinity };
        var error = Assert.Throws<AgentTeamsException>(() => Run(loss, Row(1), LogProbs));
        foreach (var part in new[] { "ClipLow is -0.1;", "ClipHigh is NaN;", "DualClip is 1;", "KlCoefficient is NaN;", "EntropyCoefficient is Infinity;" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_EveryCase_LossAndGradientMatchTheOracles()
    {
        var o = Oracles.Load("surrogate");
        var logProbs = o.Floats("log_probs");
        var tokens = logProbs.Length;
        foreach (var c in o.GetProperty("cases").EnumerateArray())
        {
            var loss = new PolicyGradientLoss
            {
                ClipLow = c.Number("clip_low"), ClipHigh = c.Number("clip_high"), KlCoefficient = c.Number("kl"),
                DualClip = c.GetProperty("dual_clip") is { ValueKind: JsonValueKind.Number } dual ? dual.GetDouble() : null,
            };
            var row = Make.Row(tokens) with
            {
                Advantages = [.. Enumerable.Repeat((float)c.Number("advantage"), tokens)], BehaviorLogProbs = o.Floats("behavior"), ReferenceLogProbs = o.Floats("reference"),
            };
            var (result, gradient) = Run(loss, row, logProbs);
            Assert.Equal(c.Number("mean"), result.Loss, 1e-6);
            Make.Near([.. c.Numbers("slopes").Select(s => s / tokens)], [.. gradient.LogProbs.Select(g => (double)g)]);
        }
    }

    [Fact]
    public void Evaluate_AdvantageZero_PushesNothingAndClipsNothingHoweverFarTheRatio()
    {
        var (result, gradient) = Run(new() { DualClip = 3 }, Make.Row(2) with { Advantages = [0, 0], BehaviorLogProbs = [-200, 5] }, -0.1f, -0.1f);
        Assert.Equal((0, 0.0, 0.0, 0.0), (result.Loss, result.Metrics["clip_ratio/high_mean"], result.Metrics["clip_ratio/low_mean"], result.Metrics["clip_ratio/dual_mean"]));
        Assert.Equal([0f, 0f], gradient.LogProbs);
    }

    [Fact]
    public void Evaluate_RatioBeyondTheDualClip_CountsItAndStopsThere()
    {
        var (result, gradient) = Run(new() { DualClip = 3 }, Make.Row(1) with { Advantages = [-2], BehaviorLogProbs = [-5] }, -1);
        Assert.Equal((6.0, 1.0), (result.Loss, result.Metrics["clip_ratio/dual_mean"]));
        Assert.Equal([0f], gradient.LogProbs);
    }

    [Fact]
    public void Evaluate_ImportanceWeight_MultipliesTheLoss()
    {
        var row = Make.Row(1) with { Advantages = [2], BehaviorLogProbs = [-1], ImportanceWeights = [0.5f] };
        var result = Run(new(), row, -1).Result;
        Assert.Equal((-1.0, 0.0, 1.0), (result.Loss, result.Metrics["entropy"], result.Metrics["weight"]));
    }

    [Theory]
    [InlineData("advantages", "1 advantages for 2 completion ids; a policy gradient needs one for each")]
    [InlineData("scores", "1 scores for 2 completion ids; the model must score every completion token")]
    [InlineData("behaviour", "1 behaviour log-probabilities for 2 completion ids; give one for each, or none")]
    [InlineData("importance", "1 importance weights for 2 completion ids; give one for each, or none")]
    [InlineData("reference", "1 reference log-probabilities for 2 completion ids; give one for each, or none")]
    public void Evaluate_LengthsDiffer_NamesWhatIsWrong(string what, string expected)
    {
        var row = Make.Row(2) with
        {
            Weights = [1, 1], Advantages = what == "advantages" ? [1] : [1, 1], BehaviorLogProbs = what == "behaviour" ? [-1] : [], ImportanceWeights = what == "importance" ? [1] : [],
            ReferenceLogProbs = what == "reference" ? [-1] : [],
        };
        var logProbs = new float[what == "scores" ? 1 : 2];
        Assert.Contains(expected, Assert.Throws<AgentTeamsException>(() => new PolicyGradientLoss().Evaluate([row], [new(logProbs, new float[2], [])], [Make.Gradient(2)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_KlWithoutReference_SaysWhatIsMissing() => Assert.Contains("the KL coefficient is not 0, so score the row with a reference",
        Assert.Throws<AgentTeamsException>(() => Run(new() { KlCoefficient = 0.1 }, Row(1) with { ReferenceLogProbs = [] }, LogProbs)).Message, StringComparison.Ordinal);

    [Fact]
    public void Sft_TokenOfWeightZero_IsNotReadAtAll()
    {
        var gradient = Make.Gradient(2);
        var result = new SftLoss().Evaluate([Make.Row(2) with { Weights = [0, 0.5f] }], [new([float.NaN, -2], [float.NaN, 3], [])], [gradient]);
        Assert.Equal((1.0, 1.5, 0.5), (result.Loss, result.Metrics["entropy"], result.Metrics["weight"]));
        Assert.Equal([0f, -0.5f], gradient.LogProbs);
    }
}
