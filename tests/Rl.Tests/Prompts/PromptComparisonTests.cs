namespace AgentTeams.Tests;

/// <summary>What the evolution does with scores that are given by hand.</summary>
public sealed class PromptComparisonTests
{
    private static readonly PromptComponent Coder = PromptComponent.Instructions("coder");

    [Theory]
    [InlineData(0.5, 0.9, PromptOutcome.NotBetter, "old")]
    [InlineData(0.4, 0.9, PromptOutcome.NotBetter, "old")]
    [InlineData(0.6, 0.5, PromptOutcome.Added, "old")]
    [InlineData(0.6, 0.4, PromptOutcome.Added, "old")]
    [InlineData(0.6, 0.6, PromptOutcome.Committed, "new")]
    public async Task RunAsync_ProposalOfSuchScores_IsKeptOrCommittedOnlyWhereItIsHigher(double onLearned, double onHeld, PromptOutcome outcome, string committed)
    {
        var step = await StepAsync(new ByHand((text, task) => text == "old" ? 0.5 : task == "learned" ? onLearned : onHeld), new ScriptedChatClient("```\nnew\n```"));

        Assert.Equal((outcome, committed), (step.Outcome, step.Committed.Prompts[Coder]));
        Assert.Equal((0.5, onLearned), (step.Before, step.After));
    }

    [Fact]
    public async Task RunAsync_MoreExamplesThanAreShown_ShowsThoseOfTheWorstRuns()
    {
        var writer = new ScriptedChatClient("```\nnew\n```");
        await StepAsync(new ByHand((_, task) => task switch { "bad" => 0.1, "good" => 0.9, _ => 0.5 }), writer, o => o with { Tasks = ["good", "bad", "fair"], MaxExamples = 2 });

        var asked = writer.Calls.Single().Messages[^1].Text;
        Assert.True(asked.IndexOf("run of bad", StringComparison.Ordinal) is > 0 and var bad && bad < asked.IndexOf("run of fair", StringComparison.Ordinal));
        Assert.DoesNotContain("run of good", asked, StringComparison.Ordinal);
    }

    private static async Task<PromptStep> StepAsync(ByHand adapter, ScriptedChatClient writer, Func<PromptEvolutionOptions, PromptEvolutionOptions>? change = null)
    {
        var options = new PromptEvolutionOptions { Tasks = ["learned"], Validation = ["held"], Proposals = 1 };
        return await new PromptEvolution(adapter, writer, change?.Invoke(options) ?? options).RunAsync(new PromptSet().With(Coder, "old")).SingleAsync();
    }

    private sealed class ByHand(Func<string, string, double> score) : IPromptAdapter
    {
        public Task<IReadOnlyList<PromptTrial>> EvaluateAsync(PromptSet prompts, IReadOnlyList<string> tasks, SeedKey key, CancellationToken cancellationToken = default) => Task.FromResult<IReadOnlyList<PromptTrial>>(
            [.. tasks.Select(t => new PromptTrial(t, score(prompts[Coder], t), new Trajectory { Id = t, WorkflowName = "w", TaskId = t, GroupId = "g", Status = TrajectoryStatus.Completed }))]);

        public IReadOnlyList<PromptExample> Reflect(PromptComponent component, IReadOnlyList<PromptTrial> trials) => [.. trials.Select(t => new PromptExample($"run of {t.TaskId}", "x", "y"))];
    }
}
