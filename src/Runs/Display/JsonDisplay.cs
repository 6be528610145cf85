namespace AgentTeams.Runs;

/// <summary>For programs: one JSON object for each event.</summary>
internal sealed class JsonDisplay(TextWriter writer) : IRunDisplay
{
    public void Show(RunEvent e) => writer.WriteLine(RunEventJson.Of(e));

    public ValueTask DisposeAsync() => default;
}
