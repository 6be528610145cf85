using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

namespace AgentTeams.SemanticKernel;

/// <summary>From AgentTeams into Semantic Kernel: roles as agents, tools and MCP servers as plugins.</summary>
public static class RoleAgents
{
    private const string ToolPlugin = "tools";

    /// <summary>
    /// A role as an agent, with its instructions, options and tools; Semantic Kernel's loop calls the tools. It takes part in
    /// agent groups and orchestrations, handoffs included, and can be recorded with <see cref="SemanticKernelAgents.Recorded"/>.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="client">The model that answers for it.</param>
    public static ChatCompletionAgent AsAgent(this Role role, IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(KernelChatClients.ForKernel(client));
        return role.AsAgent(builder.Build());
    }

    /// <summary>A role as an agent on a kernel, whose services, plugins and filters it uses besides the role's tools.</summary>
    /// <param name="role">The role.</param>
    /// <param name="kernel">The kernel; it is cloned, so the role's tools stay the role's.</param>
    /// <param name="serviceId">The key of the chat service; null, the default, for the service that the kernel chooses itself.</param>
    public static ChatCompletionAgent AsAgent(this Role role, Kernel kernel, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(kernel);
        var own = kernel.Clone();
        if (role.Tools.Count > 0) own.Plugins.Add(role.Tools.AsKernelPlugin(ToolPlugin));
        var settings = ExecutionSettings.From(role.Options);
        settings.ServiceId = serviceId;
        if (own.Plugins.Count > 0) settings.FunctionChoiceBehavior = FunctionChoiceBehavior.Auto();
        return new()
        {
            Name = role.Name,
            Description = role.Description.Length > 0 ? role.Description : role.Name,
            Instructions = role.Instructions,
            Kernel = own,
            Arguments = new KernelArguments(settings),
        };
    }

    /// <summary>Tools as a plugin of a kernel; characters that a plugin does not allow in a name become '_'.</summary>
    public static KernelPlugin AsKernelPlugin(this IEnumerable<AIFunction> tools, string pluginName)
    {
        ArgumentNullException.ThrowIfNull(tools);
        return KernelPluginFactory.CreateFromFunctions(PluginTool.PluginName(pluginName), tools.Select(t => new PluginTool(t).AsKernelFunction()));
    }

    /// <summary>The tools of an MCP server as a plugin of a kernel; dispose the server when the kernel is no longer used.</summary>
    /// <param name="server">The server.</param>
    /// <param name="pluginName">The plugin's name; null, the default, for the server's.</param>
    public static KernelPlugin AsKernelPlugin(this McpToolset server, string? pluginName = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return server.Tools.AsKernelPlugin(pluginName ?? server.Name);
    }
}
