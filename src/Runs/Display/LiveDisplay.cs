using Spectre.Console;

namespace AgentTeams.Runs;

/// <summary>
/// For terminals: a panel that is redrawn in place whenever something happens. It has no thread or timer of its own; the panel stays open until a task
/// completes, which disposing sees to.
/// </summary>
internal sealed class LiveDisplay : IRunDisplay
{
    private const int BarWidth = 30;
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly RunProgress _progress;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _panel;
    private LiveDisplayContext? _context;

    public LiveDisplay(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _progress = new(time);
        _panel = console.Live(Panel()).StartAsync(async context =>
        {
            _context = context;
            await _closed.Task.ConfigureAwait(false);
        });
    }

    public void Show(RunEvent e)
    {
        lock (_lock)
        {
            _progress.Add(e);
            if (EventText.Of(e) is { } text) _console.WriteLine(text);
            _context?.UpdateTarget(Panel());
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _context = null;
            _closed.TrySetResult();
        }

        await _panel.ConfigureAwait(false);
    }

    private Panel Panel()
    {
        var rows = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        void Row(string name, string value) => rows.AddRow(new Markup($"[grey]{name}[/]"), new Markup(value));
        Row("stage", $"[bold]{Markup.Escape(_progress.Stage)}[/]");
        Row("step", $"{Bar()} {ProgressText.Steps(_progress)}");
        foreach (var (name, value) in ProgressText.Rows(_progress)) Row(name, Markup.Escape(value));
        Row("elapsed", ProgressText.Clock(_progress.Elapsed));
        return new Panel(rows).Header(" AgentTeams ").RoundedBorder().BorderColor(Color.Grey);
    }

    private string Bar()
    {
        var done = _progress.Steps is > 0 and var steps ? Math.Clamp(_progress.Step * BarWidth / steps, 0, BarWidth) : 0;
        return $"[teal]{new string('━', done)}[/][grey]{new string('─', BarWidth - done)}[/]";
    }
}
