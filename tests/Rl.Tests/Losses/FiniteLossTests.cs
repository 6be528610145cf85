namespace AgentTeams.Tests;

public sealed class FiniteLossTests
{
    private static TrainingRow Row(string node) => new()
    {
        PromptIds = [1], CompletionIds = [2], Role = "coder", TrajectoryId = "t9", NodeId = node, Advantages = [-1], BehaviorLogProbs = [-1],
    };

    private static NonFiniteLossException Fails(ITokenLoss loss, TrainingRow[] rows, params float[] logProbs) => Assert.Throws<NonFiniteLossException>(() =>
        new FiniteLoss(loss).Evaluate(rows, [.. logProbs.Select(p => new TokenScores([p], [0], []))], [.. rows.Select(_ => Make.Gradient(1))]));

    [Fact]
    public void Evaluate_NaNScore_NamesTheFirstRowAtFault()
    {
        var error = Fails(new SftLoss(), [Row("a"), Row("b"), Row("c")], -1, float.NaN, float.NaN);
        Assert.Equal(("coder", "t9", "b"), (error.Role, error.TrajectoryId, error.NodeId));
        Assert.Contains("log-probability", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_RatioOverflows_NamesTheRow() =>
        Assert.Equal("b", Fails(new PolicyGradientLoss(), [Row("a"), Row("b") with { BehaviorLogProbs = [-2000] }], -1, -1).NodeId);

    [Fact]
    public void Evaluate_AdvantageInfinite_NamesTheRow() =>
        Assert.Contains("advantage", Fails(new PolicyGradientLoss(), [Row("a") with { Advantages = [float.PositiveInfinity] }], -1).Message, StringComparison.Ordinal);

    [Fact]
    public void Evaluate_Finite_IsTheInnerLoss()
    {
        var gradient = Make.Gradient(1);
        var result = new FiniteLoss(new SftLoss()).Evaluate([Row("a") with { Weights = [0.5f] }], [new([-3], [2], [])], [gradient]);
        Assert.Equal((1.5, 1.0, 0.5), (result.Loss, result.Metrics["entropy"], result.Metrics["weight"]));
        Assert.Equal(-0.5f, gradient.LogProbs[0]);
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("value")]
    [InlineData("weight")]
    [InlineData("advantage")]
    [InlineData("behaviour log-probability")]
    [InlineData("reference log-probability")]
    public void Evaluate_InputNotFinite_NamesIt(string what)
    {
        float[] At(string name) => [what == name ? float.NaN : -1];
        var row = Row("a") with
        {
            Weights = what == "weight" ? [float.NaN] : [1], Advantages = At("advantage"), BehaviorLogProbs = At("behaviour log-probability"), ReferenceLogProbs = At("reference log-probability"),
        };
        var error = Assert.Throws<NonFiniteLossException>(() => new FiniteLoss(new Pushes(default)).Evaluate([row], [new([-1], At("entropy"), At("value"))], [new([0], [0], [0])]));
        Assert.Contains($"{what} is NaN at completion token 0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "loss gradient is NaN")]
    [InlineData(1, "entropy gradient is NaN")]
    [InlineData(2, "value gradient is NaN")]
    public void Evaluate_GradientNotFinite_NamesIt(int which, string expected)
    {
        float[][] pushes = [[0], [0], [0]];
        pushes[which][0] = float.NaN;
        var loss = new Pushes(new(pushes[0], pushes[1], pushes[2]));
        var error = Assert.Throws<NonFiniteLossException>(() => new FiniteLoss(loss).Evaluate([Row("a")], [new([-1], [0], [0])], [new([0], [0], [0])]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_LossAloneNotFinite_SaysSo()
    {
        var loss = new Pushes(null, double.NaN);
        Assert.Contains("loss is NaN over a micro-batch of 1 rows", Assert.Throws<NonFiniteLossException>(() =>
            new FiniteLoss(loss).Evaluate([Row("a")], [new([-1], [0], [])], [Make.Gradient(1)])).Message, StringComparison.Ordinal);
        Assert.True(double.IsNaN(new FiniteLoss(loss).Evaluate([], [], []).Loss));
    }

    [Fact]
    public void Needs_OfTheInnerLoss_ArePassedOn()
    {
        var kl = new FiniteLoss(new PolicyGradientLoss { KlCoefficient = 0.1 });
        var plain = new FiniteLoss(new PolicyGradientLoss());
        Assert.Equal((LossNeeds.Reference | LossNeeds.ZeroAdvantageRows, LossNeeds.None), (kl.Needs, plain.Needs));
        Assert.Equal(LossNeeds.ZeroAdvantageRows, new FiniteLoss(new PolicyGradientLoss { EntropyCoefficient = 0.1 }).Needs);
    }

    private sealed class Pushes(TokenGradient? gradient, double loss = 0) : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            if (gradient is not null)
            {
                gradient.LogProbs.CopyTo(gradients[0].LogProbs, 0);
                gradient.Entropies.CopyTo(gradients[0].Entropies, 0);
                gradient.Values.CopyTo(gradients[0].Values, 0);
            }

            return new(loss, new Dictionary<string, double>());
        }
    }
}
