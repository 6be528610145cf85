using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>Shared contexts as tools and resources of MCP servers.</summary>
public static class McpContextServers
{
    /// <summary>
    /// Offers a shared context: the tools <c>context_get</c>, <c>context_list</c>, <c>context_history</c>, <c>context_set</c> and <c>context_delete</c>, and the resources
    /// <c>context://{run}/{key}</c>, whose subscribers are told of each change, whoever made it.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="context">The context.</param>
    /// <param name="options">The run, and the role as which clients act.</param>
    /// <exception cref="AgentTeamsException">An option is not valid, the server has tools of these names, or it offers a context already.</exception>
    public static McpTeamServer AddContext(this McpTeamServer server, SharedContext context, McpContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var served = ServedContext.Create(context, options);
        return server.Add(served.Tools(), o => served.AddResources(o, server.LoggerFactory));
    }

    /// <summary>Offers a shared context on any server of the MCP SDK; <see cref="AddContext(McpTeamServer, SharedContext, McpContextOptions?)"/> says what.</summary>
    /// <param name="server">The options of the server, which has the handlers of its own resources already.</param>
    /// <param name="context">The context.</param>
    /// <param name="options">The run, and the role as which clients act.</param>
    /// <exception cref="AgentTeamsException">An option is not valid, or the server has tools of these names or a handler for subscriptions of its own.</exception>
    public static McpServerOptions AddContext(this McpServerOptions server, SharedContext context, McpContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var served = ServedContext.Create(context, options);
        ServedContext.RequireSubscriptions(server);
        server.ToolCollection ??= [];
        foreach (var tool in served.Tools())
        {
            if (!server.ToolCollection.TryAdd(tool)) throw new AgentTeamsException($"The server has a tool '{tool.ProtocolTool.Name}' already. Give the context another name by SharedContextOptions.Name.");
        }

        served.AddResources(server, null);
        return server;
    }
}
