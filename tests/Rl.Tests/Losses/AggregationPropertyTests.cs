using CsCheck;

namespace AgentTeams.Tests;

/// <summary>Normalisers belong to the whole update, so neither its split into micro-batches nor its order may change a sum.</summary>
public sealed class AggregationPropertyTests
{
    private static readonly LossAggregation[] s_aggregations =
    [
        LossAggregation.TokenMean, LossAggregation.SequenceMeanTokenSum, LossAggregation.SequenceMeanTokenMean, LossAggregation.DrGrpo(9), LossAggregation.TokenSum(2),
    ];

    private static readonly PolicyGradientLoss s_loss = new() { KlCoefficient = 0.2, EntropyCoefficient = 0.01, DualClip = 2 };

    private static readonly Gen<(TrainingRow Row, TokenScores Scores)> s_sample = Gen.Int[1, 6].SelectMany(tokens => Gen.Float[-3, -0.01f].Array[tokens].Select(
        Gen.Float[-3, -0.01f].Array[tokens], Gen.Float[-2, 2], Gen.Bool.Array[tokens], (now, then, advantage, mask) => (
            new TrainingRow
            {
                PromptIds = [1], CompletionIds = new int[tokens], Advantages = [.. now.Select(_ => advantage)], BehaviorLogProbs = then, ReferenceLogProbs = then,
                Weights = [.. mask.Select((m, t) => m || t == 0 ? 1f : 0f)],
            },
            new TokenScores(now, [.. now.Select(p => -p)], []))));

    [Fact]
    public void Weigh_AnySplitAndOrder_GivesTheSameLossMetricsAndGradients() =>
        Gen.Select(s_sample.Array[1, 12], Gen.Int[0, 4], Gen.Int[1, 5], Gen.Int[0, 1000]).Sample(batch =>
        {
            var (samples, which, size, seed) = batch;
            var rows = s_aggregations[which].Weigh([.. samples.Select(s => s.Row)]);
            var whole = Evaluate(rows, [.. samples.Select(s => s.Scores)]);
            int[] order = [.. Enumerable.Range(0, samples.Length)];
            new Random(seed).Shuffle(order);
            var parts = order.Chunk(size).Select(part => (Part: part, Evaluated: Evaluate([.. part.Select(i => rows[i])], [.. part.Select(i => samples[i].Scores)]))).ToList();
            var sum = parts.Aggregate(TokenLossResult.Zero, (total, part) => total.Add(part.Evaluated.Result));
            Assert.Equal(whole.Result.Loss, sum.Loss, 1e-9);
            foreach (var (name, value) in whole.Result.Metrics) Assert.Equal(value, sum.Metrics[name], 1e-9);
            foreach (var (part, evaluated) in parts)
            {
                for (var i = 0; i < part.Length; i++) Assert.Equal(whole.Gradients[part[i]].LogProbs, evaluated.Gradients[i].LogProbs);
            }
        });

    private static (TokenLossResult Result, IReadOnlyList<TokenGradient> Gradients) Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores)
    {
        TokenGradient[] gradients = [.. rows.Select(r => Make.Gradient(r.CompletionIds.Length))];
        return (s_loss.Evaluate(rows, scores, gradients), gradients);
    }
}
