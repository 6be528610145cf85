namespace AgentTeams.Tests;

public sealed class ValueHeadTests : IDisposable
{
    private const float Step = 4e-3f;
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Evaluate_NewHead_GivesAZeroForEachTokenAndLeavesTheLogProbs()
    {
        using var model = TinyModel.Create();
        var row = TinyModel.Row(1);
        var before = model.ScoreAsync(model.Base, [row]).Now()[0];
        Assert.Empty(before.Values);
        model.AddValueHead(model.Base);
        var after = model.ScoreAsync(model.Base, [row]).Now()[0];
        Assert.Equal(before.LogProbs, after.LogProbs);
        Assert.Equal(new float[row.CompletionIds.Length], after.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Accumulate_ValueLoss_MatchesFiniteDifferencesInTheModelItself(bool adapter)
    {
        using var model = TinyModel.Create();
        var policy = WithTrainedHead(model, adapter);
        List<TrainingRow> rows = [TinyModel.Row(1), TinyModel.Row(2, prompt: 1, completion: 3)];
        model.AccumulateAsync(policy, rows, new ValueLoss()).Now();
        var parameters = model.ParametersOf(policy);
        var gradient = parameters.GradientSpan.ToArray();
        var random = new Random(5);
        for (var n = 0; n < 40; n++)
        {
            var at = Enumerable.Range(0, 30).Select(_ => random.Next(gradient.Length)).MaxBy(i => MathF.Abs(gradient[i]));
            var numeric = (8 * (LossAt(1) - LossAt(-1)) - (LossAt(2) - LossAt(-2))) / (12 * Step);
            Assert.True(Math.Abs(numeric - gradient[at]) <= 2e-3 * gradient.Max(MathF.Abs), $"[{at}]: {gradient[at]} but differences give {numeric}");

            double LossAt(int direction)
            {
                var original = parameters.ValueSpan[at];
                parameters.ValueSpan[at] = original + direction * Step;
                model.Repack(policy);
                var loss = new ValueLoss().Evaluate(rows, model.ScoreAsync(policy, rows).Now(), [.. rows.Select(r => new TokenGradient([], [], new float[r.CompletionIds.Length]))]).Loss;
                parameters.ValueSpan[at] = original;
                model.Repack(policy);
                return loss;
            }
        }
    }

    [Fact]
    public void Apply_ValueLoss_LearnsTheTargets()
    {
        using var model = TinyModel.Create();
        model.AddValueHead(model.Base);
        List<TrainingRow> rows = [TinyModel.Row(1), TinyModel.Row(2)];
        var losses = Enumerable.Range(0, 150).Select(_ =>
        {
            var loss = model.AccumulateAsync(model.Base, rows, new ValueLoss()).Now().Loss;
            model.ApplyAsync(model.Base, new AdamWOptions { LearningRate = 3e-3 }).Now();
            return loss;
        }).ToList();
        Assert.True(losses[^1] < losses[0] / 50, $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Save_ThenLoad_RestoresHeadAndItsOptimiser(bool adapter)
    {
        using var model = TinyModel.Create();
        var policy = WithTrainedHead(model, adapter);
        model.SaveAsync(_folder).Now();
        using var other = TinyModel.Create(seed: 8);
        WithTrainedHead(other, adapter);
        Assert.NotEqual(model.WeightsHashAsync().Now(), other.WeightsHashAsync().Now());
        other.LoadAsync(_folder).Now();
        foreach (var m in new[] { model, other })
        {
            m.AccumulateAsync(policy, [TinyModel.Row(4)], new ValueLoss()).Now();
            m.ApplyAsync(policy, new AdamWOptions()).Now();
        }

        Assert.Equal(model.WeightsHashAsync().Now(), other.WeightsHashAsync().Now());
    }

    [Fact]
    public void SavePretrained_WithHead_IsLoadedWithIt()
    {
        using var model = TinyModel.Create();
        WithTrainedHead(model, adapter: false);
        model.SavePretrained(_folder);
        using var loaded = CpuLanguageModel.Load("tiny", _folder);
        Assert.Equal(model.ScoreAsync(model.Base, [TinyModel.Row(3)]).Now()[0].Values, loaded.ScoreAsync(loaded.Base, [TinyModel.Row(3)]).Now()[0].Values);
    }

    [Fact]
    public void LoadAdapter_WithHead_IsLoadedWithItOrNotAtAll()
    {
        using var model = TinyModel.Create();
        var policy = WithTrainedHead(model, adapter: true);
        model.SavePretrained(_folder);
        var folder = Path.Combine(_folder, "adapters", "a");
        using var other = TinyModel.Create();
        var whole = File.ReadAllBytes(Path.Combine(folder, "value_head.safetensors"));
        File.WriteAllBytes(Path.Combine(folder, "value_head.safetensors"), whole[..^5]);
        Assert.Throws<ModelFormatException>(() => other.LoadAdapter("a", folder));
        Assert.Equal([other.Base], other.Policies);
        File.WriteAllBytes(Path.Combine(folder, "value_head.safetensors"), whole);
        var loaded = other.LoadAdapter("a", folder);
        Assert.Equal(model.ScoreAsync(policy, [TinyModel.Row(3)]).Now()[0].Values, other.ScoreAsync(loaded, [TinyModel.Row(3)]).Now()[0].Values);
    }

    private static PolicyId WithTrainedHead(LocalLanguageModel model, bool adapter)
    {
        var policy = adapter ? model.AddAdapter("a", new SeedKey(1)) : model.Base;
        model.AddValueHead(policy);
        for (var i = 0; i < 3; i++)
        {
            model.AccumulateAsync(policy, [TinyModel.Row(7)], new ValueLoss()).Now();
            model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.05 }).Now();
        }

        return policy;
    }

    /// <summary>Half the squared distance from targets that differ from token to token.</summary>
    private sealed class ValueLoss : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            var loss = 0.0;
            for (var r = 0; r < rows.Count; r++)
            {
                for (var t = 0; t < scores[r].Values.Length; t++)
                {
                    var difference = scores[r].Values[t] - (t % 2 == 0 ? 1 : -0.5f);
                    loss += 0.5 * difference * difference;
                    gradients[r].Values[t] = difference;
                }
            }

            return new(loss, new Dictionary<string, double>());
        }
    }
}
