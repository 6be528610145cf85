using System.Text.Json;
using AgentTeams.Cli;
using AgentTeams.Runs;
using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Whole runs, too small to learn anything.</summary>
public sealed class WordProblemRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    private static RunOptions Tiny { get; } = new() { Labels = 24, Problems = 24, TestProblems = 12, Steps = 3, Tasks = 6, GroupSize = 4, Seed = 7 };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("shared")]
    [InlineData("adapters")]
    public async Task Run_StoppedAndResumed_GivesTheWeightsOfAnUndisturbedRun(string mapping)
    {
        var options = Tiny with { Mapping = mapping };
        var whole = (await RunAsync("whole", options))!;
        Assert.Null(await RunAsync("stopped", options, new("rl", 2)));
        var resumed = (await RunAsync("stopped", options))!;
        Assert.Equal("rl", resumed.ResumedFrom);
        Assert.Equal(whole.WeightsSha256, resumed.WeightsSha256);
        Assert.Equal(whole.Evaluations.Select(e => (e.Name, e.Success)), resumed.Evaluations.Select(e => (e.Name, e.Success)));
        Assert.Equal(["before", "after", "verifier always says 'accept'", "planner speaks of another task"], whole.Evaluations.Select(e => e.Name));
    }

    [Fact]
    public async Task Run_NewestCheckpointDamaged_ResumesFromTheOneBefore()
    {
        var whole = (await RunAsync("whole", Tiny))!;
        Assert.NotEqual(whole.WeightsSha256, (await RunAsync("other", Tiny with { Seed = 8 }))!.WeightsSha256);
        await RunAsync("damaged", Tiny, new("rl", 2));
        var checkpoints = new TrainingCheckpoints(Path.Combine(_folder, "damaged", "checkpoints"));
        var weights = Directory.EnumerateFiles(checkpoints.GetPath(checkpoints.Steps().Last()), "model.safetensors", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^1]);
        Assert.Equal(whole.WeightsSha256, (await RunAsync("damaged", Tiny))!.WeightsSha256);
    }

    [Fact]
    public async Task Run_EveryRecordedLogProb_EqualsTheRecomputedOne()
    {
        await RunAsync("run", Tiny);
        var check = await LogProbVerifier.MeasureAsync(Path.Combine(_folder, "run"));
        Assert.Equal(check.Calls, check.Checked);
        Assert.True(check.Holds, $"{check}");
    }

    [Fact]
    public async Task Run_CalculatorDiesMidCall_RecordsTheFailureAndGoesOn()
    {
        var calls = 0;
        await RunAsync("run", Tiny, wrap: tool => AIFunctionFactory.Create(
            async (string expression, CancellationToken cancellationToken) => Interlocked.Increment(ref calls) % 40 == 39
                ? throw new IOException("the calculator exited")
                : await tool.InvokeAsync(new() { ["expression"] = expression }, cancellationToken), "calculate"));
        using var store = new SqliteTrajectoryStore(Path.Combine(_folder, "run", "trajectories.db"));
        var failed = await store.QueryAsync(new() { Status = TrajectoryStatus.Failed }).ToListAsync();
        Assert.NotEmpty(failed);
        Assert.All(failed, t => Assert.Equal(nameof(IOException), t.Nodes[^1].Error!.Type));
    }

    [Theory]
    [InlineData("shuffled-rewards", "rl")]
    [InlineData("format-only", "rl")]
    [InlineData("continue-sft", "sft-control")]
    public async Task Run_OfAControl_IsARunOfItsOwn(string control, string stage)
    {
        await RunAsync("control", Tiny with { Steps = 1, Control = control });
        Assert.Contains(stage, RunFolder.Read(Path.Combine(_folder, "control")).Metrics.Select(m => m.Stage));
    }

    [Theory]
    [InlineData("--unknown")]
    [InlineData("--mapping mixed")]
    [InlineData("--labels many")]
    [InlineData("--labels 3")]
    [InlineData("--group-size 1")]
    [InlineData("--kl -1")]
    [InlineData("--resume")]
    [InlineData("--stop-after rl")]
    public async Task InvokeAsync_BadInput_IsMisusedAndWritesNothing(string arguments)
    {
        var output = new CommandOutput { Out = TextWriter.Null, Error = TextWriter.Null };
        Assert.Equal(TeamCommandLine.Misused, await TeamCommandLine.InvokeAsync([.. arguments.Split(' ')], new WordProblemProgram(), output));
    }

    [Fact]
    public async Task InvokeAsync_DataWithoutTest_SaysWhatIsMissing()
    {
        using var error = new StringWriter();
        Assert.Equal(TeamCommandLine.Failed, await TeamCommandLine.InvokeAsync(["--data", "train.csv"], new WordProblemProgram(), new() { Out = TextWriter.Null, Error = error }));
        Assert.Contains("--test", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InvokeAsync_SmokeRun_TellsEveryStageAsJson()
    {
        using var text = new StringWriter();
        var folder = Path.Combine(_folder, "smoke");
        var code = await TeamCommandLine.InvokeAsync(["--smoke", "--steps", "1", "--json", "--out", folder], new WordProblemProgram(), new() { Out = text, Error = TextWriter.Null });
        Assert.Equal(TeamCommandLine.Done, code);
        var events = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal("run_completed", events[^1].GetProperty("event").GetString());
        Assert.Equal(["sft-1", "sft-2", "before", "rl", "after", "ablations"], events.Where(e => e.GetProperty("event").GetString() == "stage_started").Select(e => e.GetProperty("stage").GetString()));
        Assert.Equal("True", RunFolder.Read(folder).ReadConfiguration().Settings["smoke"]);
    }

    [Theory]
    [InlineData("Anna has 3 apples, 4.5 more?", "anna has number0 apples, number1 more?", "3,4.5")]
    [InlineData("none", "none", "")]
    public void Asked_NumbersInAQuestion_BecomePlaceholders(string question, string text, string numbers)
    {
        var state = TeamState.Asked(question);
        Assert.Equal((text, numbers), (state.Question, string.Join(',', state.Numbers)));
    }

    private async Task<TrainingResult?> RunAsync(string name, RunOptions options, StopAfter? stop = null, Func<AIFunction, AIFunction>? wrap = null)
    {
        await using var session = await new WordProblemProgram(null, wrap).StartAsync(options, CancellationToken.None);
        return await session.Plan.RunAsync(new() { Folder = Path.Combine(_folder, name), CheckpointEvery = 1, KeepCheckpoints = 20, StopAfter = stop }, new() { Output = RunOutput.None, WriteReport = false });
    }
}
