using Microsoft.AspNetCore.Http;

namespace AgentTeams.Mcp;

/// <summary>Refuses scripts of pages that are not allowed (specification, transports, security warning): a browser would otherwise lend them the way to this machine.</summary>
internal sealed class McpOrigins(IReadOnlyList<string> allowed)
{
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var origins = context.Request.Headers.Origin;
        if (origins.Count == 0 || (origins.Count == 1 && allowed.Contains(origins[0], StringComparer.OrdinalIgnoreCase))) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("Scripts of this origin are not answered. The server's AllowedOrigins says which are.", context.RequestAborted);
    }
}
