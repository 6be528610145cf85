using Spectre.Console;

namespace AgentTeams.Samples.WordProblems;

/// <summary>For output that is no terminal: a short line now and then, and the summary at the end.</summary>
/// <param name="console">Where to write.</param>
/// <param name="time">The clock.</param>
internal sealed class PlainDisplay(IAnsiConsole console, TimeProvider time) : IRunDisplay
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly RunProgress _progress = new(time);
    private long _lastLine;

    public void StageStarted(string stage, int steps)
    {
        lock (_lock)
        {
            _progress.StageStarted(stage, steps);
            _lastLine = time.GetTimestamp();
            WriteLine(ProgressText.Line(_progress));
        }
    }

    public void Progress(int step, IReadOnlyDictionary<string, double> metrics)
    {
        lock (_lock)
        {
            _progress.Progressed(step, metrics);
            if (time.GetElapsedTime(_lastLine) < s_pause && _progress.Step != _progress.Steps) return;
            _lastLine = time.GetTimestamp();
            WriteLine(ProgressText.Line(_progress));
        }
    }

    public void Evaluated(string name, MeasuredTeam evaluation) =>
        Message($"{name}: {Comparison.WithInterval(evaluation.Success)}, single round {Comparison.Percent(evaluation.SingleRound.Rate)}");

    public void Message(string text)
    {
        lock (_lock) WriteLine($"[{ProgressText.Clock(_progress.Elapsed)}] {text}");
    }

    public Task FinishedAsync(RunReport report, string reportPath)
    {
        lock (_lock) Summary.Write(console, report, reportPath);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Written as it is: a log is searched line by line, so nothing may be wrapped to a terminal's width.
    private void WriteLine(string text) => console.Profile.Out.Writer.WriteLine(text);
}
