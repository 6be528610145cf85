using System.Text.Json;
using AgentTeams.Cli;
using AgentTeams.Runs;
using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Whole runs, too small to learn anything.</summary>
public sealed class WordProblemRunTests : IDisposable
{
    private readonly TinyRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_CalculatorDiesMidCall_RecordsTheFailureAndGoesOn()
    {
        var calls = 0;
        await _runs.RunAsync("run", TinyRuns.Options, wrap: tool => AIFunctionFactory.Create(
            async (string expression, CancellationToken cancellationToken) => Interlocked.Increment(ref calls) % 40 == 39
                ? throw new IOException("the calculator exited")
                : await tool.InvokeAsync(new() { ["expression"] = expression }, cancellationToken), "calculate"));
        using var store = new SqliteTrajectoryStore(Path.Combine(_runs.Folder, "run", "trajectories.db"));
        var failed = await store.QueryAsync(new() { Status = TrajectoryStatus.Failed }).ToListAsync();
        Assert.NotEmpty(failed);
        Assert.All(failed, t => Assert.Equal(nameof(IOException), t.Nodes[^1].Error!.Type));
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
        var folder = Path.Combine(_runs.Folder, "smoke");
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
}
