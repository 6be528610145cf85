using Spectre.Console;

namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// For terminals: a panel that is redrawn in place whenever something happens. It has no thread or timer of its own; the panel
/// stays open until a task completes, which finishing and disposing both see to.
/// </summary>
internal sealed class LiveDisplay : IRunDisplay
{
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly RunProgress _progress;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _panel;
    private LiveDisplayContext? _context;

    public LiveDisplay(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _progress = new RunProgress(time);
        _panel = console.Live(LivePanel.Of(_progress)).StartAsync(async context =>
        {
            _context = context;
            await _closed.Task;
        });
    }

    public void StageStarted(string stage, int steps) => Redraw(() => _progress.StageStarted(stage, steps));

    public void Progress(int step, IReadOnlyDictionary<string, double> metrics) => Redraw(() => _progress.Progressed(step, metrics));

    public void Evaluated(string name, MeasuredTeam evaluation) => Redraw(() => _progress.Evaluated(name, evaluation));

    public void Message(string text)
    {
        lock (_lock) _console.WriteLine(text);
    }

    public async Task FinishedAsync(RunReport report, string reportPath)
    {
        await DisposeAsync();
        Summary.Write(_console, report, reportPath);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _context = null;
            _closed.TrySetResult();
        }

        await _panel;
    }

    private void Redraw(Action change)
    {
        lock (_lock)
        {
            change();
            _context?.UpdateTarget(LivePanel.Of(_progress));
        }
    }
}
