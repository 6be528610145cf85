namespace AgentTeams.Tests;

public sealed class DistillationLossTests
{
    [Fact]
    public void Evaluate_OnPolicy_HasTheGradientOfK2AndSaysTheDivergence()
    {
        var row = Make.Row(2) with { ReferenceLogProbs = [-1.5f, -0.5f], Advantages = [0, 0], BehaviorLogProbs = [-1, -1] };
        var (result, gradients) = LossChecks.Run(new DistillationLoss(), [row], [LossChecks.Scores(-1, -1)]);
        Assert.Equal([0.5f, -0.5f], gradients[0].LogProbs);
        Assert.Equal(LossChecks.Run(new PolicyGradientLoss { KlEstimator = KlEstimator.K2, KlCoefficient = 1 }, [row], [LossChecks.Scores(-1, -1)]).Gradients[0].LogProbs, gradients[0].LogProbs);
        Assert.Equal((0.0, 2.0), (result.Metrics["kl"], result.Metrics["weight"]));
    }

    [Fact]
    public void Evaluate_TokenTheTeacherExcludes_CountsNoMoreThanTheBound()
    {
        var row = Make.Row(1) with { ReferenceLogProbs = [-80] };
        Assert.Equal(10, LossChecks.Run(new DistillationLoss(), [row], [LossChecks.Scores(-1)]).Gradients[0].LogProbs[0]);
        Assert.Equal(3, LossChecks.Run(new DistillationLoss { Clip = 3 }, [row], [LossChecks.Scores(-1)]).Gradients[0].LogProbs[0]);
        Assert.Contains("Clip is 0;", Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new DistillationLoss { Clip = 0 }, [], [])).Message, StringComparison.Ordinal);
        Assert.Contains("score the row with the teacher", Assert.Throws<AgentTeamsException>(() => LossChecks.Run(new DistillationLoss(), [Make.Row(1)], [LossChecks.Scores(-1)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradient_WithTheDistanceHeld_IsThatOfItsValueAndTheSameForAnySplit()
    {
        var random = new Random(2);
        for (var trial = 0; trial < 40; trial++)
        {
            var (rows, scores) = LossChecks.Batch(random, 6);
            rows = [.. LossAggregation.TokenMean.Weigh(rows)];
            var loss = new DistillationLoss { Clip = 0.8 };
            LossChecks.GradientIsThatOfTheValue(loss, rows, scores, (row, t, by) => row with { ReferenceLogProbs = [.. row.ReferenceLogProbs.Select((p, i) => i == t ? p + by : p)] });
            LossChecks.AnySplitGivesTheSame(loss, rows, scores, random);
        }
    }

    /// <summary>Over all tokens of a distribution, the expected gradient is that of the divergence itself.</summary>
    [Fact]
    public void Gradient_OverAllTokens_IsTheReverseDivergences()
    {
        double[] policy = [0.5, 0.3, 0.2], teacher = [0.2, 0.2, 0.6];
        double Divergence(double[] logits)
        {
            var sum = logits.Sum(l => Math.Exp(l));
            return logits.Select((l, i) => Math.Exp(l) / sum * (l - Math.Log(sum) - Math.Log(teacher[i]))).Sum();
        }

        var logits = policy.Select(p => Math.Log(p)).ToArray();
        var expected = new double[3];
        for (var token = 0; token < 3; token++)
        {
            var row = Make.Row(1) with { ReferenceLogProbs = [(float)Math.Log(teacher[token])], BehaviorLogProbs = [(float)logits[token]] };
            var push = LossChecks.Run(new DistillationLoss(), [row], [LossChecks.Scores((float)logits[token])]).Gradients[0].LogProbs[0];
            for (var i = 0; i < 3; i++) expected[i] += policy[token] * push * ((i == token ? 1 : 0) - policy[i]);
        }

        for (var i = 0; i < 3; i++)
        {
            double At(double by) => Divergence([.. logits.Select((l, j) => j == i ? l + by : l)]);
            Assert.Equal((At(1e-5) - At(-1e-5)) / 2e-5, expected[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TrainAsync_TeacherAsReference_MovesTheTeamTowardsIt(bool byPolicy)
    {
        var options = new RlOptions { Seed = 3, Steps = 40, TasksPerStep = 4, GroupSize = 16, Optimizer = new() { LearningRate = 0.02 } };
        using var skilled = new Bandit(seed: 2);
        await foreach (var _ in skilled.Trainer(options).TrainAsync())
        {
        }

        using var bandit = new Bandit();
        var teacher = await skilled.Models.GetModel(new("m")).SnapshotAsync(new("m"));
        using var reference = byPolicy ? KlReference.From(new Dictionary<PolicyId, ITokenScorer> { [new("m")] = teacher }) : KlReference.From(bandit.Models, teacher);
        var steps = new List<RlStep>();
        await foreach (var step in bandit.Trainer(options with { Loss = new DistillationLoss() }, reference: reference).TrainAsync()) steps.Add(step);
        Assert.InRange(steps.Take(3).Average(s => s.Metrics["rewards/parity/mean"]), 0.3, 0.7);
        Assert.InRange(steps.TakeLast(3).Average(s => s.Metrics["rewards/parity/mean"]), 0.8, 1);
        Assert.InRange(steps.TakeLast(3).Average(s => s.Metrics["m/kl"]), -0.05, 0.4 * steps[0].Metrics["m/kl"]);
    }
}
