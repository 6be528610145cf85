namespace AgentTeams.Tests;

/// <summary>Both engines on the same weights and rows.</summary>
public sealed class CpuParityTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Accumulate_SameRows_GivesTheSameGradient(bool adapter, bool checkpointing)
    {
        using var cpu = TinyModel.Create();
        using var torch = TorchModels.Create(options: TorchModels.Options with { GradientCheckpointing = checkpointing, TokensPerMicroBatch = 60 });
        var policy = adapter ? cpu.AddAdapter("a", new SeedKey(3), new LoraOptions { Rank = 3 }) : cpu.Base;
        if (adapter) torch.AddAdapter("a", new SeedKey(3), new LoraOptions { Rank = 3 });
        cpu.AddValueHead(policy);
        torch.AddValueHead(policy);
        // One update first, so that B and the value head are not 0.
        foreach (var model in new ITrainableModel[] { cpu, torch })
        {
            model.AccumulateAsync(policy, Rows, new AllScoresLoss()).Now();
            model.ApplyAsync(policy, new AdamWOptions { LearningRate = 0.02, WeightDecay = 0.1 }).Now();
        }

        var expected = cpu.AccumulateAsync(policy, Rows, new AllScoresLoss()).Now();
        Assert.Equal(expected.Loss, torch.AccumulateAsync(policy, Rows, new AllScoresLoss()).Now().Loss, 3e-4 * Math.Abs(expected.Loss));
        foreach (var view in cpu.ParametersOf(policy).Views)
        {
            var gradient = cpu.ParametersOf(policy).GradientsAt(view.Offset, view.Count).ToArray();
            var difference = ModelOracles.MaxDifference(gradient, TorchModels.GradientOf(torch, policy, view.Name));
            Assert.True(difference <= 1e-3f * gradient.Max(MathF.Abs), $"{view.Name}: {difference} against {gradient.Max(MathF.Abs)}");
        }
    }

    [Fact]
    public void Evaluate_SameRows_GivesTheSameScoresInRowOrder()
    {
        using var cpu = TinyModel.Create();
        using var torch = TorchModels.Create(options: TorchModels.Options with { TokensPerMicroBatch = 40 });
        foreach (var (a, b) in cpu.ScoreAsync(cpu.Base, Rows).Now().Zip(torch.ScoreAsync(torch.Base, Rows).Now()))
        {
            Assert.InRange(ModelOracles.MaxDifference(a.LogProbs, b.LogProbs), 0, 1e-4f);
            Assert.InRange(ModelOracles.MaxDifference(a.Entropies, b.Entropies), 0, 1e-4f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9f)]
    public async Task Sampling_SameSeeds_GivesTheSameTokens(float temperature)
    {
        using var cpu = TinyModel.Create();
        using var torch = TorchModels.Create();
        // Drawn where the logits are, for prompts of their own and for several samples of one.
        foreach (var prompt in new[] { TorchModels.Ids(1, 5), TorchModels.Ids(1, 5), TorchModels.Ids(2, 20) })
        {
            var expected = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => TinyModel.Generate(cpu, cpu.Base, prompt, 8, temperature, [], seed: i)));
            var actual = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => TinyModel.Generate(torch, torch.Base, prompt, 8, temperature, [], seed: i)));
            foreach (var (a, b) in expected.Zip(actual))
            {
                Assert.Equal(a.Ids, b.Ids);
                Assert.InRange(ModelOracles.MaxDifference(a.LogProbs, b.LogProbs), 0, 1e-4f);
            }
        }
    }

    [Fact]
    public async Task Sampling_Constrained_IsScoredUnderWhatWasSampled()
    {
        using var cpu = TinyModel.Create();
        using var torch = TorchModels.Create();
        var result = await torch.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = torch.Base, PromptIds = TorchModels.Ids(4, 9), MaxTokens = 20, Temperature = 0.8f, Seed = 5, StopIds = [], CancellationToken = CancellationToken.None,
            RepetitionPenalty = 1.3f, Truncation = new Truncation(12, 0.9f, 0.01f),
        });
        var row = new TrainingRow { PromptIds = TorchModels.Ids(4, 9), CompletionIds = result.Ids, Temperature = 0.8f, Constraints = result.Constraints };
        Assert.InRange(ModelOracles.MaxDifference(result.LogProbs, torch.ScoreAsync(torch.Base, [row]).Now()[0].LogProbs), 0, 1e-4f);
        cpu.AccumulateAsync(cpu.Base, [row], new NegativeLogLikelihood(0.2f)).Now();
        torch.AccumulateAsync(torch.Base, [row], new NegativeLogLikelihood(0.2f)).Now();
        var view = cpu.ParametersOf(cpu.Base).Views[0];
        var gradient = cpu.ParametersOf(cpu.Base).GradientsAt(view.Offset, view.Count).ToArray();
        Assert.InRange(ModelOracles.MaxDifference(gradient, TorchModels.GradientOf(torch, torch.Base, view.Name)), 0, 1e-3f * gradient.Max(MathF.Abs));
    }

    private static List<TrainingRow> Rows { get; } = [.. Enumerable.Range(0, 9).Select(i => TinyModel.Row(i, prompt: 1 + i * 3 % 11, completion: 1 + i * 5 % 9, temperature: 0.7f + 0.1f * (i % 4)))];

    /// <summary>Pushes log-probabilities, entropies and values, each token differently.</summary>
    private sealed class AllScoresLoss : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            var loss = 0.0;
            for (var r = 0; r < rows.Count; r++)
            {
                for (var t = 0; t < scores[r].LogProbs.Length; t++)
                {
                    var target = scores[r].Values[t] - 0.5f * t;
                    loss += -scores[r].LogProbs[t] - 0.1 * scores[r].Entropies[t] + 0.5 * target * target;
                    (gradients[r].LogProbs[t], gradients[r].Entropies[t], gradients[r].Values[t]) = (-1, -0.1f, target);
                }
            }

            return new(loss, new Dictionary<string, double>());
        }
    }
}
