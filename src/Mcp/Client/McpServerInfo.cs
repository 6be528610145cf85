using ModelContextProtocol.Client;

namespace AgentTeams.Mcp;

/// <summary>What a server says of itself when it is connected to.</summary>
public sealed record McpServerInfo
{
    internal static McpServerInfo Unknown { get; } = new();

    /// <summary>The server's own name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Its version, or null.</summary>
    public string? Version { get; init; }

    /// <summary>The revision of the protocol that is spoken, such as "2026-07-28".</summary>
    public string ProtocolVersion { get; init; } = "";

    /// <summary>How the server wants to be used, for the instructions of roles that have its tools; empty where it says nothing. It is the server's text: read it before a role does.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>What it offers, by the protocol's names: "tools", "resources", "prompts", "completions", "logging".</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>What the server was not told that it can ask for, each with the option that would tell it. Servers leave out tools that need these, without saying so.</summary>
    public IReadOnlyList<string> UndeclaredCapabilities { get; init; } = [];

    internal static McpServerInfo Of(McpClient client, McpOptions options)
    {
        var offered = client.ServerCapabilities;
        return new()
        {
            Name = Named(client)?.Name,
            Version = Named(client)?.Version,
            ProtocolVersion = client.NegotiatedProtocolVersion ?? "",
            Instructions = client.ServerInstructions ?? "",
#pragma warning disable MCP9005 // Servers of the older revisions offer logging.
            Capabilities = [.. Names((offered.Tools is not null, "tools"), (offered.Resources is not null, "resources"), (offered.Prompts is not null, "prompts"), (offered.Completions is not null, "completions"), (offered.Logging is not null, "logging"))],
#pragma warning restore MCP9005
            UndeclaredCapabilities = [.. Names(
                (options.Elicitation is null, $"elicitation ({nameof(McpOptions)}.{nameof(McpOptions.Elicitation)})"),
                (options.Sampling is null, $"sampling ({nameof(McpOptions)}.{nameof(McpOptions.Sampling)})"),
                (options.Roots is null, $"roots ({nameof(McpOptions)}.{nameof(McpOptions.Roots)})"),
                (true, "tasks (not supported)"))],
        };
    }

    private static IEnumerable<string> Names(params IEnumerable<(bool Is, string Name)> all) => all.Where(a => a.Is).Select(a => a.Name);

    private static ModelContextProtocol.Protocol.Implementation? Named(McpClient client)
    {
        try
        {
            return client.ServerInfo;
        }
        catch (InvalidOperationException)
        {
            // It did not say who it is, and need not.
            return null;
        }
    }
}
