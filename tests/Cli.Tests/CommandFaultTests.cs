using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace AgentTeams.Tests;

/// <summary>Commands where something is not as it should be: the reason is told, and the exit code says that it is one.</summary>
public sealed class CommandFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly ChangedProgram _program = new();

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task InvokeAsync_CultureWithACommaForFractions_ReadsAndRemembersTheSameNumber()
    {
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = culture;
        try
        {
            Assert.Equal(TeamCommandLine.Done, (await InvokeAsync("--rate", "0.5", "--out", Run, "--output", "none", "--stop-after", "show:1")).Code);
            Assert.Equal(0.5, _program.Echo.Started!.Rate);
            Assert.Equal(TeamCommandLine.Done, (await InvokeAsync("resume", Run, "--output", "none")).Code);
            Assert.Equal(0.5, _program.Echo.Started!.Rate);
            Assert.Same(culture, CultureInfo.CurrentCulture);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task InvokeAsync_FileThatCannotBeWritten_FailsAndNamesIt()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        var (code, _, error) = await InvokeAsync("trajectories", "export", Run, "--out", Path.Combine(_folder, "no", "chat.jsonl"));
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("chat.jsonl", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InvokeAsync_ProgramThatThrows_FailsAndTellsWhere()
    {
        _program.Change = _ => throw new FormatException("The data has no header.");
        var (code, _, error) = await InvokeAsync("train", "--out", Run);
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("The data has no header.", error, StringComparison.Ordinal);
        Assert.Contains(nameof(ChangedProgram), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_PlanWithAblationsOnly_MakesThem()
    {
        _program.Change = plan => plan with { Stages = [.. plan.Stages.Where(s => s.Kind != "evaluation")] };
        await InvokeAsync("--out", Run, "--output", "none");
        var (code, text, error) = await InvokeAsync("evaluate", Run, "--json");
        Assert.True(code == TeamCommandLine.Done, error);
        Assert.Equal(2, JsonDocument.Parse(text).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Serve_RunWithoutACheckpoint_FailsAndFreesTheModels()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        Directory.Delete(Path.Combine(Run, "checkpoints"), recursive: true);
        _program.Started = null;
        var (code, _, error) = await InvokeAsync("serve", Run, "--port", "0");
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("no whole checkpoint", error, StringComparison.Ordinal);
        Assert.True(_program.IsClosed);
    }

    [Fact]
    public async Task Serve_TeamRoleAndModel_AreAllThereAndATeamRefusesWhatItWouldNotHeed()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        using var stop = new CancellationTokenSource();
        using var watched = new Watched();
        var output = new CommandOutput { Out = watched, Error = TextWriter.Null };
        var serving = TeamCommandLine.InvokeAsync(["serve", Run, "--port", "0"], _program, output, stop.Token);
        var line = await watched.First.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.EndsWith("serves echo, role/echo, tiny", line, StringComparison.Ordinal);
        using var http = new HttpClient();
        async Task<int> AskAsync(string more)
        {
            using var content = new StringContent($$"""{"model":"echo","messages":[{"role":"user","content":"red"}]{{more}}}""", System.Text.Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri(line.Split(' ')[0] + "/chat/completions"), content);
            return (int)response.StatusCode;
        }

        Assert.Equal(200, await AskAsync(""));
        Assert.Equal(400, await AskAsync(",\"temperature\":0.3"));
        await stop.CancelAsync();
        await serving;
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\": \"echo\"")]
    [InlineData("null")]
    [InlineData("{\"name\": \"echo\", \"options\": null}")]
    public async Task Resume_DamagedProgramFile_IsNamed(string text)
    {
        await InvokeAsync("--out", Run, "--output", "none", "--stop-after", "show:1");
        File.WriteAllText(Path.Combine(Run, "program.json"), text);
        var (code, _, error) = await InvokeAsync("resume", Run);
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("program.json' is damaged", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_StoreThatIsNotThere_IsNamedAndNotMade()
    {
        await InvokeAsync("--out", Run, "--output", "none");
        var path = Path.Combine(Run, "trajectories.db");
        File.Delete(path);
        var (code, _, error) = await InvokeAsync("verify", Run);
        Assert.Equal(TeamCommandLine.Failed, code);
        Assert.Contains("trajectories.db", error, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task List_NarrowTerminal_KeepsIdsWhole()
    {
        await InvokeAsync("--max-epochs", "2", "--out", Run, "--output", "none");
        var id = JsonDocument.Parse((await InvokeAsync("trajectories", "list", Run, "--limit", "1", "--json")).Text).RootElement[0].GetProperty("id").GetString()!;
        Assert.Contains(id, (await InvokeAsync("trajectories", "list", Run, "--limit", "1")).Text, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Text, string Error)> InvokeAsync(params string[] args)
    {
        using var text = new StringWriter();
        using var error = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 80;
        var code = await TeamCommandLine.InvokeAsync(args, _program, new() { Out = text, Error = error, Console = console });
        return (code, text.ToString(), error.ToString());
    }

    /// <summary>The echoing program with another plan, which knows whether its last session was closed.</summary>
    private sealed class ChangedProgram : ITeamProgram, IAsyncDisposable
    {
        public EchoProgram Echo { get; } = new();

        public Func<TrainingPlan, TrainingPlan> Change { get; set; } = plan => plan;

        public TeamSession? Started { get; set; }

        public bool IsClosed { get; private set; }

        public string Name => "echo";

        public string Description => "Echoes.";

        public Type OptionsType => typeof(EchoOptions);

        public IEnumerable<string> ProblemsWith(object options) => [];

        public async Task<TeamSession> StartAsync(object options, CancellationToken cancellationToken)
        {
            var session = await Echo.StartAsync((EchoOptions)options, cancellationToken);
            IsClosed = false;
            return Started = new() { Plan = Change(session.Plan), Ask = session.Ask, Owned = [this] };
        }

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return default;
        }
    }

    /// <summary>Tells the first line that is written.</summary>
    private sealed class Watched : StringWriter
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> First => _first.Task;

        public override Task WriteLineAsync(string? value)
        {
            _first.TrySetResult(value ?? "");
            return Task.CompletedTask;
        }
    }
}
