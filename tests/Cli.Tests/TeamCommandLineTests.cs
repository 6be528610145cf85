using System.Text.Json;
using Spectre.Console;

namespace AgentTeams.Tests;

/// <summary>The command line, from its arguments to its exit code.</summary>
public sealed class TeamCommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly EchoProgram _program = new();

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_WithoutACommand_TrainsTheProgramAndRemembersItsOptions()
    {
        var (code, _, _) = await InvokeAsync("--max-epochs", "3", "--out", Run, "--output", "plain");
        Assert.Equal(TeamCommandLine.Done, code);
        Assert.Equal(3, _program.Started!.MaxEpochs);
        Assert.Equal("3", RunFolder.Read(Run).ReadConfiguration().Settings["max-epochs"]);
        Assert.Equal(3, RunFolder.Read(Run).Metrics.Count(m => m.Stage == "show"));
        Assert.True(File.Exists(Path.Combine(Run, "report.html")));
    }

    [Fact]
    public async Task Train_FolderHoldsARun_FailsAndSaysHowToGoOn()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        var (code, _, error) = await InvokeAsync("--out", Run, "--output", "none");
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("Resume it", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_StoppedRun_GoesOnWithTheOptionsOfItsBeginning()
    {
        Assert.Equal(TeamCommandLine.Done, (await InvokeAsync("train", "--max-epochs", "4", "--out", Run, "--stop-after", "show:2", "--checkpoint-every", "1", "--output", "none")).Code);
        Assert.Null(RunFolder.Read(Run).ReadResult());
        var (code, text, _) = await InvokeAsync("resume", Run, "--json");
        Assert.Equal(TeamCommandLine.Done, code);
        Assert.Equal(4, _program.Started!.MaxEpochs);
        Assert.Equal("run_completed", JsonDocument.Parse(text.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("event").GetString());
        Assert.Equal([0, 1, 2, 3], RunFolder.Read(Run).Metrics.Where(m => m.Stage == "show").Select(m => m.Step));
    }

    [Theory]
    [InlineData("--max-epochs 0", "1 to 100")]
    [InlineData("--mapping mixed", "full or adapters")]
    [InlineData("--rate many", "many")]
    [InlineData("--nothing", "--nothing")]
    [InlineData("trajectories list", "store")]
    [InlineData("--stop-after show", "STAGE:STEPS")]
    public async Task InvokeAsync_BadInput_IsMisusedAndSaysWhy(string arguments, string told)
    {
        var (code, _, error) = await InvokeAsync(arguments.Split(' '));
        Assert.Equal(TeamCommandLine.Misused, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Null(_program.Started);
    }

    [Fact]
    public async Task InvokeAsync_OptionsThatContradict_FailBeforeTheStart()
    {
        var (code, _, error) = await InvokeAsync("--is-strict", "--rate", "0.5");
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("not both", error, StringComparison.Ordinal);
        Assert.Null(_program.Started);
    }

    [Fact]
    public async Task Commands_OnARun_ReadWhatItLeft()
    {
        await InvokeAsync("--max-epochs", "40", "--out", Run, "--output", "none");
        var result = RunFolder.Read(Run).ReadResult()!;
        Assert.Equal(1, result["after"].Success.Rate);
        Assert.InRange(result["echo always says 'red'"].Success.Rate, 0.33, 0.34);
        Assert.Equal(0, result["echo speaks of another task"].Success.Rate);

        var evaluated = JsonDocument.Parse((await InvokeAsync("evaluate", Run, "--stage", "after", "--json")).Text).RootElement;
        Assert.Equal("after", evaluated[0].GetProperty("name").GetString());
        Assert.Equal(3, evaluated[0].GetProperty("success").GetProperty("successes").GetInt32());

        Assert.Equal("green\n", (await InvokeAsync("run", "green", "--weights", Run)).Text.ReplaceLineEndings("\n"));
        Assert.StartsWith("pass", (await InvokeAsync("verify", Run)).Text, StringComparison.Ordinal);
        Assert.Equal("3", (await InvokeAsync("trajectories", "query", Run, "--stage", "after", "--count")).Text.Trim());
        var listed = JsonDocument.Parse((await InvokeAsync("trajectories", "list", Run, "--stage", "after", "--outcome", "blue", "--json")).Text).RootElement;
        var id = listed[0].GetProperty("id").GetString()!;
        Assert.Contains("echo: blue", (await InvokeAsync("trajectories", "show", Run, id[..8])).Text, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(Run, "report.html"), (await InvokeAsync("report", Run)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_Trajectories_AreReadBackAsExamplesAndAsAStore()
    {
        await InvokeAsync("--max-epochs", "40", "--out", Run, "--output", "none");
        var (chat, lines) = (Path.Combine(_folder, "chat.jsonl"), Path.Combine(_folder, "runs.jsonl"));
        await InvokeAsync("trajectories", "export", Run, "--stage", "after", "--out", chat);
        Assert.Equal(["blue", "green", "red"], (await SftExample.ReadAsync(chat).ToListAsync()).Select(e => e.Reply).Order(StringComparer.Ordinal));
        await InvokeAsync("trajectories", "export", Run, "--format", "jsonl", "--out", lines);
        Assert.Equal("1", (await InvokeAsync("trajectories", "query", lines, "--stage", "after", "--outcome", "red", "--role", "echo", "--count")).Text.Trim());
    }

    [Theory]
    [InlineData("full", "hf", "config.json")]
    [InlineData("adapters", "hf", "config.json")]
    [InlineData("adapters", "peft", "adapter_config.json")]
    public async Task Export_NewestWeights_AreAFolderOfTheirKind(string mapping, string format, string file)
    {
        await InvokeAsync("--mapping", mapping, "--out", Run, "--output", "none");
        var (code, _, error) = await InvokeAsync("export", Run, "--format", format, "--out", Path.Combine(_folder, "exported"));
        Assert.True(code == TeamCommandLine.Done, error);
        Assert.True(File.Exists(Path.Combine(_folder, "exported", file)));
    }

    [Fact]
    public async Task Export_RunOfAProgramThatIsNotHere_ReadsTheCheckpoint()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        var code = await TeamCommandLine.InvokeAsync(["export", Run, "--format", "hf", "--out", Path.Combine(_folder, "exported")], null, new() { Out = TextWriter.Null, Error = TextWriter.Null });
        Assert.Equal(TeamCommandLine.Done, code);
        Assert.True(File.Exists(Path.Combine(_folder, "exported", "model.safetensors")));
    }

    [Fact]
    public async Task Export_PeftOfAModelWithoutAdapter_SaysWhatToDo()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        var (code, _, error) = await InvokeAsync("export", Run, "--format", "peft", "--out", Path.Combine(_folder, "exported"));
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("hf or gguf", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_TwoRuns_TellsWhatDiffers()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        await InvokeAsync("--out", Run + "2", "--max-epochs", "5", "--output", "none");
        var page = Path.Combine(_folder, "comparison.html");
        var (code, text, _) = await InvokeAsync("compare", Run, Run + "2", "--out", page, "--json");
        Assert.Equal(TeamCommandLine.Done, code);
        Assert.Contains("max-epochs was '2' and is '5'", JsonDocument.Parse(text).RootElement.GetProperty("runs")[1].GetProperty("differences").EnumerateArray().Select(d => d.GetString()));
        Assert.Contains("max-epochs", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("resume nowhere")]
    [InlineData("report nowhere")]
    [InlineData("trajectories list nowhere")]
    [InlineData("train nowhere.dll")]
    public async Task InvokeAsync_NothingThere_FailsAndNamesIt(string arguments)
    {
        using var error = new StringWriter();
        var code = await TeamCommandLine.InvokeAsync(arguments.Split(' '), null, new() { Out = TextWriter.Null, Error = error });
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains(arguments.Split(' ')[^1], error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_ProgramOfAnAssembly_IsLoadedTrainedAndEvaluated()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "../../../../KillRuns/bin/Release/net10.0/AgentTeams.KillRuns.dll");
        using var error = new StringWriter();
        var output = new CommandOutput { Out = TextWriter.Null, Error = error };
        var code = await TeamCommandLine.InvokeAsync(["train", assembly, "--seed", "3", "--out", Run, "--stop-after", "show:1", "--output", "none"], null, output);
        Assert.True(code == TeamCommandLine.Done, error.ToString());
        Assert.Equal("3", RunFolder.Read(Run).ReadConfiguration().Settings["seed"]);
        Assert.Equal(TeamCommandLine.Done, await TeamCommandLine.InvokeAsync(["resume", Run, "--stop-after", "practise:1", "--output", "none"], null, output));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_OfAShell_AsksTheToolForSuggestions(string shell) =>
        Assert.Contains("[suggest:", (await InvokeAsync("completion", shell)).Text, StringComparison.Ordinal);

    private async Task<(int Code, string Text, string Error)> InvokeAsync(params string[] args)
    {
        using var text = new StringWriter();
        using var error = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        var code = await TeamCommandLine.InvokeAsync(args, _program, new() { Out = text, Error = error, Console = console });
        return (code, text.ToString(), error.ToString());
    }
}
