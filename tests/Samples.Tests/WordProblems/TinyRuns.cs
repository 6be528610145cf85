using AgentTeams.Runs;
using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Whole runs, too small to learn anything, in a folder of their own.</summary>
internal sealed class TinyRuns : IDisposable
{
    public static RunOptions Options { get; } = new() { Labels = 24, Problems = 24, TestProblems = 12, Steps = 3, Tasks = 6, GroupSize = 4, Seed = 7 };

    public string Folder { get; } = Directory.CreateTempSubdirectory("agentteams").FullName;

    public async Task<TrainingResult?> RunAsync(string name, RunOptions options, StopAfter? stop = null, Func<AIFunction, AIFunction>? wrap = null)
    {
        await using var session = await new WordProblemProgram(null, wrap).StartAsync(options, CancellationToken.None);
        return await session.Plan.RunAsync(new() { Folder = Path.Combine(Folder, name), CheckpointEvery = 1, KeepCheckpoints = 20, StopAfter = stop }, new() { Output = RunOutput.None, WriteReport = false });
    }

    public static async Task AssertResumesAsync(TrainingResult whole, TinyRuns runs, RunOptions options)
    {
        Assert.Null(await runs.RunAsync("stopped", options, new("rl", 2)));
        var resumed = (await runs.RunAsync("stopped", options))!;
        Assert.Equal("rl", resumed.ResumedFrom);
        Assert.Equal(whole.WeightsSha256, resumed.WeightsSha256);
        Assert.Equal(whole.Evaluations.Select(e => (e.Name, e.Success)), resumed.Evaluations.Select(e => (e.Name, e.Success)));
        Assert.Equal(["before", "after", "verifier always says 'accept'", "planner speaks of another task"], whole.Evaluations.Select(e => e.Name));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
