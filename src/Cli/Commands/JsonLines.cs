namespace AgentTeams.Cli;

/// <summary>Events as JSON lines, as <see cref="RunOutput.Json"/> shows them.</summary>
internal sealed class JsonLines(TextWriter writer) : IProgress<RunEvent>
{
    public void Report(RunEvent value) => writer.WriteLine(RunEventJson.Of(value));
}
