namespace AgentTeams.Mcp;

/// <summary>Why a call did not reach a result.</summary>
public enum McpFailure
{
    /// <summary>The server did not answer in time.</summary>
    TimedOut,

    /// <summary>The server is gone, or cannot be reached.</summary>
    ServerExited,

    /// <summary>The server could not be started or connected to, or did not speak MCP.</summary>
    NotStarted,

    /// <summary>The server answered with a protocol error.</summary>
    Protocol,

    /// <summary>The server does not accept the credentials.</summary>
    Unauthorized,

    /// <summary>The structured result violates the tool's output schema.</summary>
    InvalidResult,

    /// <summary>The result is larger than <see cref="McpOptions.MaxResultBytes"/> or <see cref="McpOptions.MaxDataBytes"/>.</summary>
    TooLarge,

    /// <summary>The call was not made, as its arguments are outside of what the role or node may use the tool for.</summary>
    Refused,
}

/// <summary>An MCP server failed. An error that a tool itself reports is a <see cref="ToolResult"/> instead.</summary>
public class McpToolException : AgentTeamsException
{
    internal McpToolException(string server, string? tool, McpFailure failure, string detail, Exception? cause = null)
        : this(tool is null ? $"The MCP server '{server}' {detail}" : $"The tool '{tool}' of the MCP server '{server}' failed: {detail}", cause, server, tool, failure)
    {
    }

    private protected McpToolException(string message, Exception? cause, string server, string? tool, McpFailure failure)
        : base(message, cause)
    {
        Server = server;
        Tool = tool;
        Failure = failure;
    }

    /// <summary>The server's name.</summary>
    public string Server { get; }

    /// <summary>The tool, prompt or resource that was called, or null where the failure is about the server.</summary>
    public string? Tool { get; }

    /// <summary>What kind of failure it was.</summary>
    public McpFailure Failure { get; }
}

/// <summary>A call was refused before it reached the server: a constraint of the role's tool does not allow its arguments.</summary>
public sealed class McpRefusedException : McpToolException, IFinalFailure
{
    internal McpRefusedException(string server, string tool, string argument, string reason)
        : base($"refused: {reason}", null, server, tool, McpFailure.Refused) => Argument = argument;

    /// <summary>The argument that is not allowed.</summary>
    public string Argument { get; }
}
