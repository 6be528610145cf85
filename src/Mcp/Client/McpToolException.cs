namespace AgentTeams.Mcp;

/// <summary>Why a tool call did not reach a result.</summary>
public enum McpFailure
{
    /// <summary>The server did not answer in time.</summary>
    TimedOut,

    /// <summary>The server is gone.</summary>
    ServerExited,

    /// <summary>The server could not be started, or did not speak MCP.</summary>
    NotStarted,

    /// <summary>The server answered with a protocol error.</summary>
    Protocol,
}

/// <summary>An MCP server failed. An error that a tool itself reports is a <see cref="ToolResult"/> instead.</summary>
public sealed class McpToolException : AgentTeamsException
{
    internal McpToolException(string server, string? tool, McpFailure failure, string detail, Exception? cause = null)
        : base(tool is null ? $"The MCP server '{server}' {detail}" : $"The tool '{tool}' of the MCP server '{server}' failed: {detail}", cause)
    {
        Server = server;
        Tool = tool;
        Failure = failure;
    }

    /// <summary>The server's name.</summary>
    public string Server { get; }

    /// <summary>The tool that was called, or null where the failure is about the server.</summary>
    public string? Tool { get; }

    /// <summary>What kind of failure it was.</summary>
    public McpFailure Failure { get; }
}
