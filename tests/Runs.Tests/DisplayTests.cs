using System.Text.Json;
using Spectre.Console;

namespace AgentTeams.Tests;

public sealed class DisplayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("display").FullName;
    private readonly StringWriter _out = new();

    private async Task<string> RunAsync(RunOutput output, AnsiSupport ansi = AnsiSupport.No, string name = "run")
    {
        using var plan = new SumPlan();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(_out) });
        console.Profile.Width = 80;
        var heard = new List<RunEvent>();
        var result = await plan.Plan().RunAsync(new() { Folder = Path.Combine(_folder, name) }, new() { Output = output, Console = console, Progress = new Heard(heard) });
        Assert.Equal(result, Assert.IsType<RunCompleted>(heard[^1]).Result);
        return _out.ToString();
    }

    [Fact]
    public async Task RunAsync_Plain_WritesLinesWithoutControlCodes()
    {
        var text = await RunAsync(RunOutput.Plain);

        foreach (var expected in (string[])["sums begins in", "show 3/3  loss ", "practise 3/3  reward adder", "before: ", "Report: "]) Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Auto_IsPlainWhereThereIsNoTerminal() => Assert.DoesNotContain("\u001b", await RunAsync(RunOutput.Auto), StringComparison.Ordinal);

    [Fact]
    public async Task RunAsync_Json_WritesOneObjectForEachEvent()
    {
        var lines = (await RunAsync(RunOutput.Json)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var kinds = lines.Select(l => JsonElement.Parse(l).GetProperty("event").GetString()).ToList();
        Assert.Equal(("run_started", "run_completed"), (kinds[0], kinds[^1]));
        Assert.Contains("stage_stepped", kinds);
        Assert.Matches("^[0-9a-f]{64}$", JsonElement.Parse(lines[^1]).GetProperty("result").GetProperty("weights_sha256").GetString());
    }

    [Fact]
    public async Task RunAsync_Live_DrawsAPanel()
    {
        var text = await RunAsync(RunOutput.Live, AnsiSupport.Yes);

        Assert.Contains("AgentTeams", text, StringComparison.Ordinal);
        Assert.Contains("practise", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Report_HoldsWhatTheFolderHolds()
    {
        await RunAsync(RunOutput.None);

        using var folder = RunFolder.Read(Path.Combine(_folder, "run"));
        var html = await File.ReadAllTextAsync(folder.Report);
        foreach (var expected in (string[])["<h1>sums</h1>", "Learning curves", "Reward by role", "Sample trajectories", "rl.groupSize", "token "])
            Assert.Contains(expected, html, StringComparison.Ordinal);

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteComparison_TwoRuns_NamesWhatDiffers()
    {
        await RunAsync(RunOutput.None, name: "one");
        using (var plan = new SumPlan())
        {
            var other = plan.Plan() with { Seed = 6 };
            await other.RunAsync(new() { Folder = Path.Combine(_folder, "two") }, new() { Output = RunOutput.None });
        }

        using var one = RunFolder.Read(Path.Combine(_folder, "one"));
        using var two = RunFolder.Read(Path.Combine(_folder, "two"));
        var path = Path.Combine(_folder, "comparison.html");
        RunReport.WriteComparison([one, two], path);

        var html = await File.ReadAllTextAsync(path);
        Assert.Contains("seed was &#39;5&#39; and is &#39;6&#39;", html, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => RunReport.WriteComparison([one], path));
    }

    public void Dispose()
    {
        _out.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Heard(List<RunEvent> events) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => events.Add(value);
    }
}
