namespace AgentTeams.Tests;

/// <summary>What docs/getting-started.md says happens, happens.</summary>
public sealed class GettingStartedTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agentteams-getting-started-");

    [Fact]
    public async Task RetryLoop_RejectedOnce_AsksForAnotherOperatorAndEnds()
    {
        var (coder, verifier) = GettingStartedSnippets.Roles();
        var workflow = GettingStartedSnippets.Define(coder, verifier);
        // The coder repeats itself once in the second round, which its validation refuses.
        using var client = new ScriptedChatClient("\"-\"", "\"retry\"", "\"-\"", "\"+\"", "\"accept\"");

        var trajectory = await GettingStartedSnippets.RecordAsync(workflow, TeamRuntime.ForAll(client));

        Assert.Equal(["coder", "calculate", "verifier", "coder#1", "coder#1", "calculate#1", "verifier#1"], trajectory.Nodes.Select(n => n.Id.Split('/')[0]));
        Assert.Equal([0, 0, 0, 1, 1, 1, 1], trajectory.Nodes.Select(n => n.Turn));
        Assert.Equal("8", trajectory.Nodes[^2].Result!.Value.ToString());
    }

    [Fact]
    public async Task Run_AcceptedAtOnce_TakesThreeSteps()
    {
        var (coder, verifier) = GettingStartedSnippets.Roles();
        using var client = new ScriptedChatClient("\"+\"", "\"accept\"", "\"+\"", "\"accept\"", "\"+\"", "\"accept\"");

        var state = await GettingStartedSnippets.RunAsync(GettingStartedSnippets.Define(coder, verifier), client);

        Assert.Equal("8", state.Value);
        Assert.Equal(1, state.Round);
    }

    [Fact]
    public async Task Training_TwentySteps_RaisesSuccess()
    {
        var (coder, verifier) = GettingStartedSnippets.Roles();

        var problems = GettingStartedSnippets.Problems();

        var (before, after) = await GettingStartedSnippets.TrainAsync(
            problems, coder, verifier, GettingStartedSnippets.Define(coder, verifier), GettingStartedSnippets.Model(problems).Model, _folder.FullName);

        Assert.True(after.Interval.Low > before.Rate, $"{before} {after}");
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "trained", "config.json")));
    }

    [Fact]
    public async Task KeepAndSupervise_TinyModel_ResumeWhereTheyStopped()
    {
        var (coder, verifier) = GettingStartedSnippets.Roles();
        var problems = GettingStartedSnippets.Problems();
        var workflow = GettingStartedSnippets.Define(coder, verifier);
        var (model, _) = GettingStartedSnippets.Model(problems);
        using var models = new TeamModels(new Team("math", [coder, verifier], ModelMap.Full("tiny", "coder", "verifier")), [model]);
        var tasks = TaskSet.Create(problems, p => p.Question,
            Rollouts.From(workflow, models, (GettingStartedSnippets.Problem p) => new GettingStartedSnippets.MathState(p.Question), s => s.Value));
        var rewards = new RewardComposer().Add(tasks.Outcome((p, t) => t.Outcome == $"{p.Answer}" ? 1 : 0));
        var options = new RlOptions { Rewards = rewards, Steps = 2, GroupSize = 2 };

        await GettingStartedSnippets.SuperviseAsync(model, models, coder, _folder.FullName);
        await GettingStartedSnippets.KeepAsync(models, tasks, options, _folder.FullName);
        await GettingStartedSnippets.KeepAsync(models, tasks, options with { Steps = 3 }, _folder.FullName);

        Assert.Equal([1, 2, 3], new TrainingCheckpoints(Path.Combine(_folder.FullName, "checkpoints")).Steps());
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
