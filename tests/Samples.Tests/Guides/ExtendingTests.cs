using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>What docs/extending.md shows works: each part through the public API it plugs into.</summary>
public sealed class ExtendingTests
{
    [Fact]
    public void RankAdvantage_TiesAndSingles_AreZeroAndSumIsZero()
    {
        SampleGroup Group(params double[] values) => new("", [.. values.Select((v, i) => new AdvantageSample($"t{i}", v))]);

        var advantages = new RankAdvantage().Estimate([Group(3, 1, 2), Group(5, 5), Group(7)]);

        Assert.Equal([1, -1, 0], advantages[0]);
        Assert.Equal([0, 0], advantages[1]);
        Assert.Equal([0], advantages[2]);
    }

    [Fact]
    public void ReinforceLoss_Gradient_IsTheDerivativeOfTheLoss()
    {
        var row = new TrainingRow { PromptIds = [1], CompletionIds = [2, 3], Weights = [0.5f, 1], Advantages = [2, -1] };
        float[] at = [-1, -2];
        (double Loss, float[] Gradient) Evaluate(float[] logProbs)
        {
            var gradient = new TokenGradient(new float[2], new float[2], []);
            return (new ReinforceLoss().Evaluate([row], [new(logProbs, new float[2], [])], [gradient]).Loss, gradient.LogProbs);
        }

        for (var t = 0; t < 2; t++)
        {
            const float Step = 0.25f;
            float[] up = [.. at], down = [.. at];
            up[t] += Step;
            down[t] -= Step;
            Assert.Equal((Evaluate(up).Loss - Evaluate(down).Loss) / (2 * Step), Evaluate(at).Gradient[t], 6);
        }
    }

    [Fact]
    public async Task Parts_UsedTogether_TrainAndRender()
    {
        var coder = new Role { Name = "coder", Options = new() { MaxOutputTokens = 3 } };
        var given = LocalModelOptions.FromTexts("tiny", ["a b c d"], new SeedKey(1), specialTokens: [LineTemplate.End]);
        using var models = new TeamModels(new Team("team", [coder], ModelMap.Full("tiny", "coder")),
            [CpuLanguageModel.Create(given with { Template = new LineTemplate() })]);
        var wf = Workflow.CreateBuilder<Said>("say");
        wf.Start(wf.AddRole(coder, s => s.Text, (s, reply) => s with { Text = reply.Text }));
        var tasks = TaskSet.Create(["a", "b"], t => t, Rollouts.From(wf.Build(), models, (string t) => new Said(t), s => s.Text));
        var parts = ExtendingSnippets.Use(tasks);
        var before = await models.WeightsHashAsync();

        var steps = await new RlTrainer<string>(models, tasks, (RlOptions)parts[0] with { Steps = 1 }).TrainAsync().ToListAsync();

        Assert.NotEqual(before, await models.WeightsHashAsync());
        Assert.All(steps[0].Trajectories, t => Assert.Contains(t.Rewards, r => r.Source == "brevity" && r.Weight == 0.1));
        Assert.Equal(given.Tokenizer.Encode("user: hi").Append(given.Tokenizer.GetId(LineTemplate.End)).Concat(given.Tokenizer.Encode("assistant: ")),
            ((LineTemplate)parts[1]).Render(given.Tokenizer, [new(ChatRole.User, "hi")]));
    }

    private sealed record Said(string Text);
}
