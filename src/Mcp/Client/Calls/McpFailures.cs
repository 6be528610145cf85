using System.Net;

namespace AgentTeams.Mcp;

/// <summary>What is said when a server fails: the reason that the server itself gave is part of it, and no secret.</summary>
internal sealed class McpFailures(McpOptions options, McpWay way)
{
    public async Task<McpToolException> NotStartedAsync(Exception cause, bool late, string? tool)
    {
        if (cause is McpToolException known) return known;
        if (Refused(cause, tool) is { } refused) return refused;
        var words = await LastWordsAsync(late).ConfigureAwait(false);
        return late
            ? new(options.Name, tool, McpFailure.TimedOut, $"did not start within {options.StartTimeout}.{words} Raise McpOptions.StartTimeout, or check {way.Where}.", Safe(cause))
            : new(options.Name, tool, McpFailure.NotStarted, $"did not start: {Reason(cause)}{words} Check {way.Where}.", Safe(cause));
    }

    public async Task<McpToolException> ExitedAsync(string? tool, Exception? cause, int restarts)
    {
        if (cause is not null && Refused(cause, tool) is { } refused) return refused;
        if (Http(cause) is not null) return new(options.Name, tool, McpFailure.ServerExited, $"the server cannot be reached: {Reason(cause!)} Check {way.Where}.", Safe(cause));
        var words = await LastWordsAsync(runsOn: false).ConfigureAwait(false);
        return new(options.Name, tool, McpFailure.ServerExited, restarts < way.MaxReconnects
            ? $"the server exited.{words} The next call starts it again."
            : $"the server exited, and is not started again after {way.MaxReconnects} restart(s) in a row.{words} Mend the server{(way.Bound is { } bound ? $", or raise {bound}" : "")}.", Safe(cause));
    }

    public McpToolException TimedOut(string tool, TimeSpan limit, string option, Exception cause) =>
        new(options.Name, tool, McpFailure.TimedOut, $"it timed out after {limit}. Raise McpOptions.{option}, or mend the tool.", Safe(cause));

    public McpToolException Closed(string? tool, Exception? cause) =>
        new(options.Name, tool, McpFailure.ServerExited, "the connection was disposed. Keep the McpToolset while its tools are in use.", Safe(cause));

    public McpToolException Protocol(string tool, Exception cause) =>
        new(options.Name, tool, McpFailure.Protocol, $"{way.Redact(cause.Message)} Check the arguments against the tool's schema.", Safe(cause));

    /// <summary>What HTTP made of a request, or null where it is not about that.</summary>
    public static HttpRequestException? Http(Exception? cause)
    {
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException http) return http;
        }

        return null;
    }

    private McpToolException? Refused(Exception cause, string? tool) => Http(cause)?.StatusCode is { } status and (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        ? new(options.Name, tool, McpFailure.Unauthorized, $"does not accept the credentials ({(int)status} {status}). Check McpHttpOptions.BearerToken, Headers or OAuth.", Safe(cause))
        : null;

    // The body of a response is the server's, who knows the token and may say it.
    private string Reason(Exception cause)
    {
        if (Http(cause) is not { } http) return way.Redact(FirstLine(cause.Message));
        if (http.StatusCode is not { } status) return way.Redact(FirstLine(http.Message));
        return (int)status is >= 300 and < 400
            ? $"it answers {(int)status} {status}; redirects are not followed, so name the address that it leads to."
            : $"it answers {(int)status} {status}.";
    }

    private Exception? Safe(Exception? cause) => cause is null || way.Redact(cause.ToString()) == cause.ToString() ? cause : null;

    private async Task<string> LastWordsAsync(bool runsOn) => await way.LastWordsAsync(runsOn).ConfigureAwait(false);

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];
}
