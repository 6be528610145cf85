namespace AgentTeams.Mcp;

/// <summary>What is said when a server fails: the reason that the server itself gave is part of it.</summary>
internal sealed class McpFailures(McpOptions options, int maxRestarts, McpStdio? process)
{
    public async Task<McpToolException> NotStartedAsync(Exception cause, bool late, string? tool)
    {
        var words = await LastWordsAsync(late).ConfigureAwait(false);
        return late
            ? new(options.Name, tool, McpFailure.TimedOut,
                $"did not start within {options.StartTimeout}.{words} Raise McpOptions.StartTimeout, or check the command.", cause)
            : new(options.Name, tool, McpFailure.NotStarted, $"did not start: {FirstLine(cause.Message)}{words} Check the command and its arguments.", cause);
    }

    public async Task<McpToolException> ExitedAsync(string? tool, Exception? cause, int restarts)
    {
        var words = await LastWordsAsync(runsOn: false).ConfigureAwait(false);
        return new(options.Name, tool, McpFailure.ServerExited, restarts < maxRestarts
            ? $"the server exited.{words} The next call starts it again."
            : $"the server exited, and is not started again after {maxRestarts} restart(s) in a row.{words} Mend the server, or raise "
                + "McpStdioOptions.MaxRestarts.", cause);
    }

    public McpToolException TimedOut(string tool, TimeSpan limit, string option, Exception cause) =>
        new(options.Name, tool, McpFailure.TimedOut, $"it timed out after {limit}. Raise McpOptions.{option}, or mend the tool.", cause);

    public McpToolException Closed(string? tool, Exception? cause) =>
        new(options.Name, tool, McpFailure.ServerExited, "the connection was disposed. Keep the McpToolset while its tools are in use.", cause);

    private async Task<string> LastWordsAsync(bool runsOn) => process is null ? "" : await process.LastWordsAsync(runsOn).ConfigureAwait(false);

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];
}
