namespace AgentTeams.Tool;

/// <summary>The tool.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Cli.TeamCommandLine.InvokeAsync(args);
}
