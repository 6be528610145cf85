using Microsoft.Extensions.Time.Testing;
using AgentTeams.Samples.WordProblems;
using Spectre.Console;
using LiveDisplay = AgentTeams.Samples.WordProblems.LiveDisplay;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class RunDisplayTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _out.Dispose();

    [Fact]
    public async Task Live_WholeRun_ShowsPanelThenSummary()
    {
        await using (var display = new LiveDisplay(Console(AnsiSupport.Yes), _time)) await PlayAsync(display);

        Expect("reinforcement learning", "planner 0.", "tokens/s", "left in this stage", "note [1]");
        ExpectSummary();
    }

    [Fact]
    public async Task Live_DisposedMidway_EndsThePanelOnce()
    {
        var display = new LiveDisplay(Console(AnsiSupport.Yes), _time);
        display.StageStarted("supervised", 3);

        await display.DisposeAsync();
        await display.DisposeAsync();
        var length = _out.ToString().Length;
        display.Progress(0, MadeUp.Metrics(0));

        Assert.Equal(length, _out.ToString().Length);
    }

    [Fact]
    public async Task Plain_WholeRun_WritesALineNowAndThen()
    {
        await using (var display = new PlainDisplay(Console(AnsiSupport.No), _time)) await PlayAsync(display);

        var lines = _out.ToString().Split('\n').Count(l => l.Contains("reinforcement learning", StringComparison.Ordinal));
        Assert.InRange(lines, 5, 9);
        Expect("30/30", "[0:00] note [1]");
        Assert.DoesNotContain("\u001b", _out.ToString(), StringComparison.Ordinal);
        ExpectSummary();
    }

    [Fact]
    public async Task Quiet_WholeRun_WritesToItsStreamOnly()
    {
        await using (var display = RunDisplay.Create(json: true, Console(AnsiSupport.Yes), _out, _time)) await PlayAsync(display);

        Assert.Equal(["stage: reinforcement learning", "note [1]", "after RL: 75.0 % (30.1 to 95.4)", "report: /tmp/out/report.html", ""], _out.ToString().Split(_out.NewLine));
    }

    [Fact]
    public void Create_RedirectedOutput_IsPlain() => Assert.IsType<PlainDisplay>(RunDisplay.Create(json: false, Console(AnsiSupport.No), _out, _time));

    private async Task PlayAsync(IRunDisplay display)
    {
        var report = MadeUp.Report();
        display.StageStarted("reinforcement learning", 30);
        display.Message("note [1]");
        for (var i = 0; i < 30; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            display.Progress(i, MadeUp.Metrics(i));
        }

        display.Evaluated("after RL", report.After);
        await display.FinishedAsync(report, "/tmp/out/report.html");
    }

    private void ExpectSummary() =>
        Expect("Team success", "Single-round success", "75.0 % (30.1 to 95.4)", SampleTrajectories.Improved, SampleTrajectories.HelpedByRetry, SampleTrajectories.StillWrong, "/tmp/out/report.html");

    private void Expect(params string[] expected) => Assert.All(expected, e => Assert.Contains(e, _out.ToString(), StringComparison.Ordinal));

    private IAnsiConsole Console(AnsiSupport ansi)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_out),
        });
        console.Profile.Width = 120;
        return console;
    }
}
