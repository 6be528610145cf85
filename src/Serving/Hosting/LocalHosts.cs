using System.Net;
using Microsoft.AspNetCore.Http;

namespace AgentTeams.Serving;

/// <summary>
/// Answers a server without a key under its own names only: a page in a browser on the same machine could otherwise reach it under a name of the
/// page's owner that resolves to this machine (DNS rebinding).
/// </summary>
internal static class LocalHosts
{
    public static Task RequireAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host.Host;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
            return next(context);
        return ErrorReply.WriteAsync(context, new RequestException(StatusCodes.Status403Forbidden,
            $"The server was asked for as '{host}', but without an ApiKey it answers to localhost and loopback addresses only. Give the server a key."));
    }
}
