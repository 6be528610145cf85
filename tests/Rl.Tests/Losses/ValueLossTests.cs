namespace AgentTeams.Tests;

public sealed class ValueLossTests
{
    private static readonly TrainingRow s_row = Make.Row(1) with { Returns = [1.2f], BehaviorValues = [0.5f] };

    private static (TokenLossResult Result, TokenGradient[] Gradients) Run(ITokenLoss loss, TrainingRow row, float value) => LossChecks.Run(loss, [row], [new([-1], [0], [value])]);

    [Theory]
    [InlineData(0.5, 0.125)]
    [InlineData(1, 0.25)]
    public void Evaluate_ValueBeyondItsBound_MatchesTheOracleAndIsNotPushed(double factor, double expected)
    {
        var (result, gradients) = Run(new ValueLoss { Factor = factor }, s_row, 0.9f);
        Assert.Equal(expected, result.Loss, 1e-6);
        Assert.Equal((expected, 1.0), (Math.Round(result.Metrics["loss/value_avg"], 6), result.Metrics["val/clipfrac_avg"]));
        Assert.Equal(0, gradients[0].Values[0]);
    }

    [Fact]
    public void Evaluate_NoBoundOrNoRecordedValue_IsTheSquare()
    {
        foreach (var (loss, row) in new[] { (new ValueLoss { Clip = null }, s_row), (new ValueLoss(), s_row with { BehaviorValues = [] }) })
        {
            var (result, gradients) = Run(loss, row, 0.9f);
            Assert.Equal((0.045, -0.3), (Math.Round(result.Loss, 6), Math.Round(gradients[0].Values[0], 6)));
        }
    }

    [Fact]
    public void Gradient_AnyRows_IsThatOfItsValueAndTheSameForAnySplit()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 60; trial++)
        {
            ITokenLoss loss = trial % 3 == 0 ? new ValueLoss { Clip = null } : trial % 3 == 1 ? new ValueLoss { Factor = 1.5 }
                : LossSum.Of(new PolicyGradientLoss { EntropyCoefficient = 0.1, KlCoefficient = 0.2 }, new ValueLoss(), 0.4);
            var (rows, scores) = LossChecks.Batch(random, 6);
            rows = [.. LossAggregation.TokenMean.Weigh(rows)];
            LossChecks.GradientIsThatOfTheValue(loss, rows, scores);
            LossChecks.AnySplitGivesTheSame(loss, rows, scores, random);
        }
    }

    [Fact]
    public void Sum_Parts_AddUpWithTheirCoefficientsAndReportEachNameOnce()
    {
        var row = s_row with { Advantages = [2], Weights = [0.5f] };
        var (actor, critic) = (Run(new PolicyGradientLoss(), row, 0.8f), Run(new ValueLoss(), row, 0.8f));
        var (result, gradients) = Run(LossSum.Of(new PolicyGradientLoss(), new ValueLoss(), 0.3), row, 0.8f);
        Assert.Equal(actor.Result.Loss + 0.3 * critic.Result.Loss, result.Loss, 1e-12);
        Assert.Equal(actor.Gradients[0].LogProbs, gradients[0].LogProbs);
        Assert.Equal(0.3 * critic.Gradients[0].Values[0], gradients[0].Values[0], 1e-7);
        Assert.Equal((0.5, critic.Result.Loss), (result.Metrics["weight"], result.Metrics["loss/value_avg"]));
    }

    [Fact]
    public void Sum_NeedsAndPreparation_AreThoseOfTheParts()
    {
        var sum = LossSum.Of(new KlCovLoss { KlCoefficient = 1 }, new ValueLoss());
        Assert.Equal(LossNeeds.Reference | LossNeeds.Values | LossNeeds.ZeroAdvantageRows, sum.Needs);
        Assert.Equal([true], sum.Prepare([s_row with { Advantages = [1], BehaviorLogProbs = [-1] }])[0].Selected);
    }

    [Fact]
    public void Evaluate_SomethingMissing_IsNamedWithTheFix()
    {
        Assert.Contains("0 values for 1 completion ids; add a value head", Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new ValueLoss(), [s_row], [LossChecks.Scores(-1)])).Message, StringComparison.Ordinal);
        Assert.Contains("0 returns for 1 completion ids; estimate", Assert.Throws<AgentTeamsException>(() => Run(new ValueLoss(), s_row with { Returns = [] }, 0)).Message, StringComparison.Ordinal);
        var message = Assert.Throws<AgentTeamsException>(() => Run(LossSum.Of(new ValueLoss { Clip = -1, Factor = 0 }, new SftLoss(), double.NaN), s_row, 0)).Message;
        Assert.All(["Parts[0].Loss.Clip is -1;", "Parts[0].Loss.Factor is 0;", "Parts[1].Coefficient is NaN;"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Contains("Parts is empty", Assert.Throws<AgentTeamsException>(() => Run(new LossSum { Parts = [] }, s_row, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RlOptions_ValuesThatNothingLearns_AreRefused()
    {
        using var bandit = new Bandit();
        Assert.Contains("Advantage needs values, which nothing learns", Assert.Throws<AgentTeamsException>(() => bandit.Trainer(new() { Advantage = new GaeAdvantage() })).Message, StringComparison.Ordinal);
        bandit.Trainer(new() { Advantage = new GaeAdvantage(), Critic = new CentralCritic(bandit.Models.GetModel(new("m")), new("m")) });
    }

    [Fact]
    public async Task TrainAsync_GaeWithValueHeads_LearnsPolicyAndValuesInOnePass()
    {
        using var bandit = new Bandit();
        ((LocalLanguageModel)bandit.Models.GetModel(new("m"))).AddValueHead(new("m"));
        var options = new RlOptions
        {
            Seed = 3, Steps = 60, TasksPerStep = 4, GroupSize = 16, Advantage = new GaeAdvantage(), Loss = LossSum.Of(new PolicyGradientLoss(), new ValueLoss { Clip = null }),
            Optimizer = new() { LearningRate = 0.02 },
        };
        var steps = new List<RlStep>();
        await foreach (var step in bandit.Trainer(options).TrainAsync()) steps.Add(step);
        Assert.InRange(steps.Take(3).Average(s => s.Metrics["rewards/parity/mean"]), 0.3, 0.7);
        Assert.InRange(steps.TakeLast(5).Average(s => s.Metrics["rewards/parity/mean"]), 0.8, 1);
        Assert.InRange(steps.TakeLast(5).Average(s => s.Metrics["m/loss/value_avg"]), 0, 0.5 * steps.Take(3).Average(s => s.Metrics["m/loss/value_avg"]));
    }
}
