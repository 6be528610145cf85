using AgentTeams.Runs;

namespace AgentTeams.Tests;

public sealed class WordProblemControlTests : IDisposable
{
    private readonly TinyRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_WithAdaptersStoppedAndResumed_GivesTheWeightsOfAnUndisturbedRun()
    {
        var options = TinyRuns.Options with { Mapping = "adapters" };
        await TinyRuns.AssertResumesAsync((await _runs.RunAsync("whole", options))!, _runs, options);
    }

    [Theory]
    [InlineData("shuffled-rewards", "rl")]
    [InlineData("format-only", "rl")]
    [InlineData("continue-sft", "sft-control")]
    public async Task Run_OfAControl_IsARunOfItsOwn(string control, string stage)
    {
        await _runs.RunAsync("control", TinyRuns.Options with { Steps = 1, Control = control });
        Assert.Contains(stage, RunFolder.Read(Path.Combine(_runs.Folder, "control")).Metrics.Select(m => m.Stage));
    }
}
