namespace AgentTeams.Tests;

/// <summary>Runs that are told what cannot be, and folders that are not what they were.</summary>
public sealed class TrainingRunFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runs").FullName;
    private readonly SumPlan _sums = new();

    private TrainingPlan Plan => new("sums", _sums.Models)
    {
        Stages =
        [
            Stage.Supervise("show", SumPlan.Examples(SumPlan.Sums), options: new() { MaxEpochs = 2, Patience = null }),
            Stage.Evaluate("before", _sums.Tasks, SumPlan.IsRight),
            Stage.Do("note", (_, _) => Task.CompletedTask),
            Stage.Reinforce("practise", _sums.Tasks, _sums.Rl),
        ],
    };

    public void Dispose()
    {
        _sums.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("note")]
    [InlineData("show")]
    public async Task RunAsync_StopAfterAStageWithFewerSteps_StopsAtItsEnd(string stage)
    {
        await using (var run = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder, StopAfter = new(stage, 5) }))
        {
            var events = await run.RunAsync().ToListAsync();
            Assert.Equal(stage, Assert.IsType<RunStopped>(events[^1]).Stage);
            Assert.Equal(stage, Assert.IsType<StageCompleted>(events[^2]).Stage);
        }

        await using var again = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder, StopAfter = new(stage, 5) });
        Assert.IsType<RunCompleted>((await again.RunAsync().ToListAsync())[^1]);
    }

    [Fact]
    public async Task OpenAsync_OtherConcurrency_GoesOnToTheSameWeights()
    {
        string expected;
        using (var other = new SumPlan())
        {
            await using var whole = await TrainingRun.OpenAsync(other.Plan(), new() { Folder = Path.Combine(_folder, "whole") });
            expected = Assert.IsType<RunCompleted>((await whole.RunAsync().ToListAsync())[^1]).Result.WeightsSha256;
        }

        var folder = Path.Combine(_folder, "run");
        using (var first = new SumPlan())
        {
            await using var run = await TrainingRun.OpenAsync(first.Plan(), new() { Folder = folder, StopAfter = new("practise", 1) });
            await run.RunAsync().ToListAsync();
        }

        var plan = _sums.Plan();
        var narrow = plan with { Stages = [.. plan.Stages.Select(s => s.Name == "practise" ? Stage.Reinforce("practise", _sums.Tasks, _sums.Rl with { MaxConcurrency = 1 }) : s)] };
        await using var resumed = await TrainingRun.OpenAsync(narrow, new() { Folder = folder, Resume = ResumeMode.Required });
        Assert.Equal(expected, Assert.IsType<RunCompleted>((await resumed.RunAsync().ToListAsync())[^1]).Result.WeightsSha256);
        Assert.Contains("512", RunFolder.Read(folder).ReadConfiguration().Stages[2].Options["rl.maxConcurrency"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherTasksToEvaluate_IsNamed()
    {
        await using (await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
        {
        }

        var others = TaskSet.Create(SumPlan.Sums.Select(s => s with { Id = s.Id + "x" }), s => s.Id, _sums.Tasks.Rollout);
        var changed = Plan with { Stages = [Plan.Stages[0], Stage.Evaluate("before", others, SumPlan.IsRight), Plan.Stages[2], Plan.Stages[3]] };
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(changed, new() { Folder = _folder }));
        Assert.Contains("before.tasks was '6 tasks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OptionsThatAreNotThere_AreAllTold()
    {
        var options = new TrainingRunOptions { Folder = _folder, Retention = null!, LoggerFactory = null!, TimeProvider = null!, StopAfter = new("show", 0) };
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan, options));
        foreach (var name in (string[])["Retention", "LoggerFactory", "TimeProvider", "StopAfter.Steps is 0"]) Assert.Contains(name, error.Message, StringComparison.Ordinal);

        Assert.Contains("A stage is null", (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan with { Stages = [null!] }))).Message, StringComparison.Ordinal);
        Assert.Contains("Stages is empty", (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan with { Stages = null! }))).Message, StringComparison.Ordinal);
        Assert.Contains("Settings is null", (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(Plan with { Settings = null! }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_PromotionBeforeItsEvaluation_IsRefused()
    {
        var early = Plan with { Stages = [Stage.Promote("promote", new ModelRegistry(Path.Combine(_folder, "models")), new() { Name = "sums", Evaluation = "before" }), .. Plan.Stages] };
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(early, new() { Folder = _folder }));
        Assert.Contains("'before', which is made after it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"folder\": \"x\"", "result.json")]
    [InlineData("{}", "result.json")]
    public async Task ReadResult_DamagedFile_IsNamed(string text, string named)
    {
        await using (await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
        {
        }

        File.WriteAllText(Path.Combine(_folder, "result.json"), text);
        Assert.Contains(named, Assert.Throws<AgentTeamsException>(() => RunFolder.Read(_folder).ReadResult()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LineThatIsNull_IsNamed()
    {
        await using (await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
        {
        }

        File.WriteAllText(Path.Combine(_folder, "metrics.jsonl"), "null\n");
        Assert.Contains("Line 1 of", Assert.Throws<AgentTeamsException>(() => RunFolder.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_FileThatCannotBeWritten_SaysSoAndGoesOnLater()
    {
        var metrics = Path.Combine(_folder, "metrics.jsonl");
        await using (var run = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
        {
            // A folder in the place of the file stands for a disk that takes no more.
            Directory.CreateDirectory(metrics);
            var error = await Assert.ThrowsAsync<AgentTeamsException>(async () => await run.RunAsync().ToListAsync());
            Assert.Contains("broke off", error.Message, StringComparison.Ordinal);
        }

        Directory.Delete(metrics);
        await using var again = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder });
        Assert.IsType<RunCompleted>((await again.RunAsync().ToListAsync())[^1]);
    }

    [Fact]
    public async Task RunAsync_RunThatIsDone_IsAsItWas()
    {
        TrainingResult first;
        await using (var run = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
            first = Assert.IsType<RunCompleted>((await run.RunAsync().ToListAsync())[^1]).Result;

        await using (var again = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder }))
        {
            var second = Assert.IsType<RunCompleted>((await again.RunAsync().ToListAsync())[^1]).Result;
            Assert.Equal((first.Duration, null, first.WeightsSha256), (second.Duration, second.ResumedFrom, second.WeightsSha256));
        }

        // Where an evaluation is lost, the run does not pass for whole.
        File.WriteAllText(Path.Combine(_folder, "evaluations.jsonl"), "");
        await using var torn = await TrainingRun.OpenAsync(Plan, new() { Folder = _folder });
        Assert.Contains("'before', and evaluations.jsonl has lost it", (await Assert.ThrowsAsync<AgentTeamsException>(async () => await torn.RunAsync().ToListAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SeedOf63Bits_IsATextThatReadsBack()
    {
        await using (await TrainingRun.OpenAsync(Plan with { Seed = long.MaxValue }, new() { Folder = _folder }))
        {
        }

        Assert.Contains("\"seed\": \"9223372036854775807\"", File.ReadAllText(Path.Combine(_folder, "run.json")), StringComparison.Ordinal);
        await using var again = await TrainingRun.OpenAsync(Plan with { Seed = long.MaxValue }, new() { Folder = _folder, Resume = ResumeMode.Required });
        Assert.Equal(long.MaxValue, again.Folder.ReadConfiguration().Seed);
    }
}
