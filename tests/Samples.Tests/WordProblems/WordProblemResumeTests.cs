using AgentTeams.Cli;
using AgentTeams.Runs;

namespace AgentTeams.Tests;

public sealed class WordProblemResumeTests(WordProblemResumeTests.WholeRun whole) : IClassFixture<WordProblemResumeTests.WholeRun>, IDisposable
{
    private readonly TinyRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_StoppedAndResumed_GivesTheWeightsOfAnUndisturbedRun() => await TinyRuns.AssertResumesAsync(whole.Result, _runs, TinyRuns.Options);

    [Fact]
    public async Task Run_NewestCheckpointDamaged_ResumesFromTheOneBefore()
    {
        Assert.NotEqual(whole.Result.WeightsSha256, (await _runs.RunAsync("other", TinyRuns.Options with { Seed = 8 }))!.WeightsSha256);
        await _runs.RunAsync("damaged", TinyRuns.Options, new("rl", 2));
        var checkpoints = new TrainingCheckpoints(Path.Combine(_runs.Folder, "damaged", "checkpoints"));
        var weights = Directory.EnumerateFiles(checkpoints.GetPath(checkpoints.Steps().Last()), "model.safetensors", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^1]);
        Assert.Equal(whole.Result.WeightsSha256, (await _runs.RunAsync("damaged", TinyRuns.Options))!.WeightsSha256);
    }

    [Fact]
    public async Task Run_EveryRecordedLogProb_EqualsTheRecomputedOne()
    {
        var check = await LogProbVerifier.MeasureAsync(whole.Folder);
        Assert.Equal(check.Calls, check.Checked);
        Assert.True(check.Holds, $"{check}");
    }

    public sealed class WholeRun : IAsyncLifetime, IDisposable
    {
        private readonly TinyRuns _runs = new();

        public string Folder => Path.Combine(_runs.Folder, "whole");

        public TrainingResult Result { get; private set; } = null!;

        public async Task InitializeAsync() => Result = (await _runs.RunAsync("whole", TinyRuns.Options))!;

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => _runs.Dispose();
    }
}
