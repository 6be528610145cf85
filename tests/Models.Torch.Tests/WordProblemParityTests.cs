using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

/// <summary>Both engines on a supervised batch of the word problems sample.</summary>
public sealed class WordProblemParityTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Accumulate_SupervisedBatch_GivesTheSameLossAndGradients(bool adapters)
    {
        var problems = new StoryGenerator(new SeedKey(1, "problems").ToRandom()).Generate(40, heldOut: false, "l");
        var mapping = adapters ? "adapters" : "shared";
        var (map, cpuModels) = TinyModels.Create(mapping, problems.Select(p => p.Question), 700, seed: 1);
        var (_, torchModels) = TinyModels.Create(mapping, problems.Select(p => p.Question), 700, seed: 1, model =>
            TorchLanguageModel.Create(model, TorchModels.Options with { TokensPerMicroBatch = 1000 }));
        using var team = new TeamModels(WordProblemTeam.Create(map), cpuModels);
        using var torch = torchModels[0];
        var cpu = cpuModels[0];
        List<TrainingRow> rows = [.. SftRows.From(team, problems.SelectMany(Lessons.FirstRound), onBase: true).Values.SelectMany(r => r)];
        var weight = 1f / rows.Sum(r => r.CompletionIds.Length);
        rows = rows.ConvertAll(r => r with { Weights = [.. r.CompletionIds.Select(_ => weight)] });

        var policy = adapters ? new PolicyId(cpu.Id, Prompts.Planner) : cpu.Base;
        var expected = cpu.AccumulateAsync(policy, rows, new SftLoss()).Now();
        Assert.InRange(Math.Abs(torch.AccumulateAsync(policy, rows, new SftLoss()).Now().Loss - expected.Loss), 0, 1e-4);
        foreach (var view in cpu.ParametersOf(policy).Views)
        {
            var gradient = cpu.ParametersOf(policy).GradientsAt(view.Offset, view.Count).ToArray();
            var difference = ModelOracles.MaxDifference(gradient, TorchModels.GradientOf(torch, policy, view.Name));
            Assert.True(difference <= 1e-3f * gradient.Max(MathF.Abs), $"{view.Name}: {difference} against {gradient.Max(MathF.Abs)}");
        }
    }
}
