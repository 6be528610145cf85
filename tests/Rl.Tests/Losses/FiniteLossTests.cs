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
}
