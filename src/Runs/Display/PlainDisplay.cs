namespace AgentTeams.Runs;

/// <summary>For output that is no terminal: a short line now and then. Nothing is wrapped, since logs are searched line by line.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="time">The clock.</param>
internal sealed class PlainDisplay(TextWriter writer, TimeProvider time) : IRunDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly RunProgress _progress = new(time);
    private long _lastLine;

    public void Show(RunEvent e)
    {
        _progress.Add(e);
        if (EventText.Of(e) is { } text) writer.WriteLine($"[{ProgressText.Clock(_progress.Elapsed)}] {text}");
        if (e is not (StageStarted or StageStepped)) return;
        if (e is StageStepped && time.GetElapsedTime(_lastLine) < Pause && _progress.Step != _progress.Steps) return;
        _lastLine = time.GetTimestamp();
        writer.WriteLine(ProgressText.Line(_progress));
    }

    public ValueTask DisposeAsync() => default;
}
