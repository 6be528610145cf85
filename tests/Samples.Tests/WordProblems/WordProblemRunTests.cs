using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Tests;

/// <summary>Whole runs, too small to learn anything.</summary>
public sealed class WordProblemRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    private static RunOptions Tiny { get; } = new() { Labels = 24, Problems = 24, TestProblems = 12, Steps = 3, TasksPerStep = 6, GroupSize = 4, Seed = 7 };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("shared")]
    [InlineData("adapters")]
    public async Task Run_StoppedAndResumed_GivesTheWeightsOfAnUndisturbedRun(string mapping)
    {
        var options = Tiny with { Mapping = mapping };
        var whole = await RunAsync("whole", options);
        var stopped = await RunAsync("stopped", options, stopAfter: 2);
        Assert.Equal(2, stopped.Steps);
        var resumed = await RunAsync("stopped", options, resume: true);
        Assert.Equal(2, resumed.ResumedFromStep);
        Assert.Equal(3, resumed.Steps);
        Assert.Equal(whole.WeightsSha256, resumed.WeightsSha256);
        Assert.Equal((whole.Before, whole.After), (resumed.Before, resumed.After));
        Assert.True(resumed.ToolCalls < whole.ToolCalls);
    }

    [Fact]
    public async Task Run_AnotherSeed_GivesOtherWeights()
    {
        var first = await RunAsync("a", Tiny with { Steps = 1 });
        Assert.NotEqual(first.WeightsSha256, (await RunAsync("b", Tiny with { Steps = 1, Seed = 8 })).WeightsSha256);
    }

    [Fact]
    public async Task Run_NewestCheckpointDamaged_ResumesFromTheOneBefore()
    {
        var whole = await RunAsync("whole", Tiny);
        await RunAsync("damaged", Tiny, stopAfter: 2);
        var weights = Directory.EnumerateFiles(Path.Combine(_folder, "damaged", "checkpoints", "step-2"), "model.safetensors", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^1]);
        var resumed = await RunAsync("damaged", Tiny, resume: true);
        Assert.Equal(1, resumed.ResumedFromStep);
        Assert.Equal(whole.WeightsSha256, resumed.WeightsSha256);
    }

    [Fact]
    public async Task Run_EveryRecordedLogProb_EqualsTheRecomputedOne()
    {
        await RunAsync("run", Tiny);
        var check = await LogProbVerifier.MeasureAsync(Path.Combine(_folder, "run"), CancellationToken.None);
        Assert.Equal(check.Calls, check.Checked);
        Assert.InRange(check.MaxDifference, 0, 1e-5);
    }

    [Fact]
    public async Task Run_CalculatorDiesMidCall_RecordsTheFailureAndGoesOn()
    {
        var calls = 0;
        await RunAsync("run", Tiny, wrap: tool => Microsoft.Extensions.AI.AIFunctionFactory.Create(
            async (string expression, CancellationToken cancellationToken) => Interlocked.Increment(ref calls) % 40 == 39
                ? throw new IOException("the calculator exited")
                : await tool.InvokeAsync(new() { ["expression"] = expression }, cancellationToken), "calculate"));
        using var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(_folder, "run", "trajectories.jsonl"));
        var failed = 0;
        await foreach (var trajectory in store.ReadAllAsync())
        {
            if (trajectory.Status != TrajectoryStatus.Failed) continue;
            failed++;
            Assert.Equal(nameof(IOException), trajectory.Nodes[^1].Error!.Type);
        }

        Assert.True(failed > 0);
    }

    [Fact]
    public async Task Run_WithControls_ReportsEachAndLeavesTheRunAsItIs()
    {
        var alone = await RunAsync("alone", Tiny with { Steps = 1 });
        var controlled = await RunAsync("controlled", Tiny with { Steps = 1 }, controls: true);
        Assert.Equal(alone.WeightsSha256, controlled.WeightsSha256);
        var report = File.ReadAllText(Path.Combine(_folder, "controlled", "report.html"));
        Assert.All(["shuffled within groups", "format reward only", "supervised updates in place of RL"], text => Assert.Contains(text, report, StringComparison.Ordinal));
        Assert.All(ControlRuns.Names, name => Assert.True(File.Exists(Path.Combine(_folder, "controlled", "controls", name, "report.html"))));
    }

    private async Task<RunResult> RunAsync(string name, RunOptions options, int? stopAfter = null, bool resume = false, bool controls = false,
        Func<Microsoft.Extensions.AI.AIFunction, Microsoft.Extensions.AI.AIFunction>? wrap = null)
    {
        var control = new RunControl(Path.Combine(_folder, name), resume, stopAfter, Json: true, CheckpointEvery: 1, KeepCheckpoints: 10, controls);
        await using var display = new QuietDisplay(TextWriter.Null);
        await using var run = await RunServices.StartAsync(options, control, display, NullLoggerFactory.Instance, CancellationToken.None, wrap);
        return await new WordProblemRun(TimeProvider.System, TimeProvider.System.GetUtcNow()).RunAsync(run, control, CancellationToken.None);
    }
}
