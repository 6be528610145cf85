using System.Net;
using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>What the revisions of the protocol differ in.</summary>
internal static class McpProtocol
{
    // From this one on, every request says what the client can do, and a server speaks of changes only to those who asked to hear of them.
    private const string Newest = "2026-07-28";

    public static bool IsNewest(McpClient? client) => string.CompareOrdinal(client?.NegotiatedProtocolVersion, Newest) >= 0;

    /// <summary>Whether a server does not know the session any more, and so did not do what it was asked. What else was asked in the session may have been done.</summary>
    public static bool IsExpired(McpClient client, Exception cause) => client.SessionId is not null && McpFailures.Http(cause)?.StatusCode == HttpStatusCode.NotFound;
}

/// <summary>A server forgot the session; the call may be made in a new one.</summary>
internal sealed class McpSessionExpiredException(Exception cause) : Exception("The session expired.", cause);
