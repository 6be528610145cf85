namespace AgentTeams.Tests;

/// <summary>Hand-written gradients against central differences of fourth order.</summary>
public sealed class GradientTests
{
    [Theory]
    [InlineData(false, 1f, 0f)]
    [InlineData(true, 1f, 0f)]
    [InlineData(false, 0.6f, 0.3f)]
    public void Accumulate_FullTraining_MatchesFiniteDifferences(bool tied, float temperature, float entropyWeight)
    {
        using var model = TinyModel.Create(tied: tied);
        Check(model, model.Base, temperature, entropyWeight);
    }

    [Fact]
    public void Accumulate_Adapter_MatchesFiniteDifferencesAndLeavesTheBase()
    {
        using var model = TinyModel.Create();
        var policy = model.AddAdapter("a", new SeedKey(9), new LoraOptions { Rank = 3 });
        model.AccumulateAsync(policy, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.05 }).Now();
        var before = model.Logits(model.Base, [5, 6, 7]);
        Check(model, policy, 1, 0.1f);
        Assert.Equal(before, model.Logits(model.Base, [5, 6, 7]));
        Assert.NotEqual(before, model.Logits(policy, [5, 6, 7]));
    }

    [Fact]
    public void Apply_AnotherRolesAdapter_LeavesThisOneBitIdentical()
    {
        using var model = TinyModel.Create();
        var (a, b) = (model.AddAdapter("a", new SeedKey(1)), model.AddAdapter("b", new SeedKey(2)));
        var before = model.Logits(b, [5, 6, 7]);
        model.AccumulateAsync(a, [TinyModel.Row(1)], new NegativeLogLikelihood()).Now();
        model.ApplyAsync(a, new AdamWOptions { LearningRate = 0.1 }).Now();
        Assert.Equal(before, model.Logits(b, [5, 6, 7]));
    }

    [Fact]
    public void Accumulate_MicroBatchesSplit_GradientIsTheSum()
    {
        using var whole = TinyModel.Create();
        using var split = TinyModel.Create(options: new CpuModelOptions { TokensPerMicroBatch = 16 });
        var rows = Enumerable.Range(0, 9).Select(i => TinyModel.Row(i)).ToList();
        var loss = whole.AccumulateAsync(whole.Base, rows, new NegativeLogLikelihood()).Now();
        Assert.Equal(loss.Loss, split.AccumulateAsync(split.Base, rows, new NegativeLogLikelihood()).Now().Loss, 3);
        var (a, b) = (whole.ParametersOf(whole.Base).GradientSpan.ToArray(), split.ParametersOf(split.Base).GradientSpan.ToArray());
        Assert.All(a.Zip(b), p => Assert.InRange(MathF.Abs(p.First - p.Second), 0, 1e-4f));
    }

    private static unsafe void Check(LocalLanguageModel model, PolicyId policy, float temperature, float entropyWeight)
    {
        List<TrainingRow> rows = [TinyModel.Row(1, temperature: temperature), TinyModel.Row(2, prompt: 1, completion: 3, temperature: temperature), TinyModel.Row(3, prompt: 19)];
        var loss = new NegativeLogLikelihood(entropyWeight);
        model.DiscardGradientAsync(policy).Now();
        model.AccumulateAsync(policy, rows, loss).Now();
        var parameters = model.ParametersOf(policy);
        var gradient = parameters.GradientSpan.ToArray();
        var largest = gradient.Max(MathF.Abs);
        var random = new Random(5);
        foreach (var view in parameters.Views)
        {
            for (var n = 0; n < 3; n++)
            {
                // The coordinate of the largest gradient among a few says more than one that is almost 0.
                var at = Enumerable.Range(0, 20).Select(_ => view.Offset + random.Next(view.Count)).MaxBy(i => MathF.Abs(gradient[i]));
                var numeric = (8 * (LossAt(1) - LossAt(-1)) - (LossAt(2) - LossAt(-2))) / (12 * Step);
                Assert.True(Math.Abs(numeric - gradient[at]) <= 2e-3 * largest, $"{view.Name}[{at}]: {gradient[at]} but differences give {numeric}");

                double LossAt(int direction)
                {
                    var original = parameters.Values[at];
                    parameters.Values[at] = original + direction * Step;
                    model.Repack(policy);
                    var result = loss.Evaluate(rows, model.ScoreAsync(policy, rows).Now(), [.. rows.Select(r => new TokenGradient(new float[r.CompletionIds.Length], new float[r.CompletionIds.Length], []))]).Loss;
                    parameters.Values[at] = original;
                    model.Repack(policy);
                    return result;
                }
            }
        }
    }

    private const float Step = 4e-3f;
}
