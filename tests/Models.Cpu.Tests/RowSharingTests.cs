using CsCheck;

namespace AgentTeams.Tests;

/// <summary>Equal samples share a forward pass; nothing that a loss, a weight or a metric sees may depend on it.</summary>
public sealed class RowSharingTests
{
    private static readonly LossAggregation[] s_aggregations =
    [
        LossAggregation.TokenMean, LossAggregation.SequenceMeanTokenSum, LossAggregation.SequenceMeanTokenMean, LossAggregation.DrGrpo(7), LossAggregation.TokenSum(3),
    ];

    // Few different rows, many samples; advantages differ in sign, and behaviours far enough from the model to be clipped.
    private static readonly Gen<TrainingRow> s_row =
        from which in Gen.Int[0, 3]
        from advantage in Gen.Float[-2, 2]
        from shift in Gen.Float[-0.8f, 0.8f]
        from masked in Gen.Bool
        select Row(which, advantage, shift, masked);

    private static readonly Gen<(TrainingRow[] Rows, LossAggregation Aggregation, PolicyGradientLoss Loss, int TokensPerMicroBatch)> s_batch =
        from rows in s_row.Array[1, 24]
        from aggregation in Gen.OneOf([.. s_aggregations.Select(Gen.Const)])
        from kl in Gen.OneOf(Gen.Const(0.0), Gen.Const(0.1))
        from entropy in Gen.OneOf(Gen.Const(0.0), Gen.Const(0.01))
        from isDual in Gen.Bool
        from tokens in Gen.OneOf(Gen.Const(1), Gen.Const(30), Gen.Const(4096))
        select (rows, aggregation, new PolicyGradientLoss { KlCoefficient = kl, EntropyCoefficient = entropy, DualClip = isDual ? 1.5 : null }, tokens);

    [Fact]
    public void Accumulate_EqualSamples_EqualOneByOne() => s_batch.Sample(
        batch =>
        {
            var rows = batch.Aggregation.Weigh(batch.Rows);
            using var together = TinyModel.Create(options: new() { TokensPerMicroBatch = batch.TokensPerMicroBatch });
            using var alone = TinyModel.Create();
            var shared = together.AccumulateAsync(together.Base, rows, batch.Loss).Now();
            var single = rows.Aggregate(TokenLossResult.Zero, (sum, row) => sum.Add(alone.AccumulateAsync(alone.Base, [row], batch.Loss).Now()));
            Near(single.Loss, shared.Loss);
            Assert.Equal(single.Metrics.Keys.Order(), shared.Metrics.Keys.Order());
            foreach (var (name, value) in single.Metrics) Near(value, shared.Metrics[name]);
            var expected = alone.ParametersOf(alone.Base).GradientSpan;
            Assert.InRange(ModelOracles.MaxDifference(expected.ToArray(), together.ParametersOf(together.Base).GradientSpan.ToArray()), 0, 2e-5f * Math.Max(1e-3f, Largest(expected)));
        },
        iter: 60, threads: 1);

    [Fact]
    public void Evaluate_EqualRows_ScoreLikeOne()
    {
        using var model = TinyModel.Create(options: new() { TokensPerMicroBatch = 30 });
        List<TrainingRow> rows = [.. Enumerable.Range(0, 12).Select(i => Row(i % 3, i, 0, false))];
        var scores = model.ScoreAsync(model.Base, rows).Now();
        for (var i = 0; i < rows.Count; i++) Assert.Equal(model.ScoreAsync(model.Base, [rows[i]]).Now()[0].LogProbs, scores[i].LogProbs);
    }

    [Fact]
    public void Accumulate_OtherTemperatureOrConstraints_AreNotShared()
    {
        using var model = TinyModel.Create();
        var row = Row(0, 1, 0, false);
        TrainingRow[] rows = [row, row with { Temperature = 2 }, row with { Constraints = new() { RepetitionPenalty = 3 } }];
        Assert.Equal(3, model.ScoreAsync(model.Base, rows).Now().Select(s => s.LogProbs[0]).Distinct().Count());
    }

    [Fact]
    public void Accumulate_EqualRowsOfTwoPairs_ReachTheLossWithTheirPairs()
    {
        using var model = TinyModel.Create(options: new() { TokensPerMicroBatch = 1 });
        var loss = new SeenPairs();
        model.AccumulateAsync(model.Base, [.. Enumerable.Range(0, 8).Select(i => Row(i % 2, i, 0, false) with { Coupling = $"{i / 2}" })], loss).Now();
        Assert.Equal(["0 0", "1 1", "2 2", "3 3"], loss.Batches);
    }

    private static TrainingRow Row(int which, float advantage, float shift, bool masked)
    {
        var row = TinyModel.Row(which, prompt: 4 + which, completion: 2 + which);
        float[] Each(float value) => [.. row.CompletionIds.Select(_ => value)];
        var weights = Each(1);
        if (masked) weights[0] = 0;
        return row with { Advantages = Each(advantage), BehaviorLogProbs = Each(-5.6f + shift), ReferenceLogProbs = Each(-5.5f), Weights = weights };
    }

    private static void Near(double expected, double actual) => Assert.InRange(actual, expected - 1e-6 * (1 + Math.Abs(expected)), expected + 1e-6 * (1 + Math.Abs(expected)));

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private sealed class SeenPairs : ITokenLoss
    {
        public List<string> Batches { get; } = [];

        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            Batches.Add(string.Join(' ', rows.Select(r => r.Coupling)));
            return TokenLossResult.Zero;
        }
    }
}
