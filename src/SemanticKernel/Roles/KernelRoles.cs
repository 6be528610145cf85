using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Kernels as models, plugins as tools, prompt templates as instructions, and tools as plugins.</summary>
public static class KernelRoles
{
    /// <summary>
    /// A kernel's chat client or chat-completion service as a model; the kernel's filters fire for functions it calls. What a caller asks for in
    /// its options wins over the settings; tools of both are offered to the model.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="serviceId">The key of the service; null for whatever the kernel would choose.</param>
    /// <param name="settings">Settings of every call; null for none.</param>
    public static IChatClient AsChatClient(this Kernel kernel, string? serviceId = null, PromptExecutionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var own = settings?.Clone() ?? new PromptExecutionSettings();
        own.ServiceId = serviceId ?? own.ServiceId;
        return new KernelChatClient(kernel, new KernelArguments(own));
    }

    /// <summary>A plugin's functions as tools of a role; the kernel's function filters fire.</summary>
    public static IReadOnlyList<AIFunction> AsTools(this KernelPlugin plugin, Kernel kernel)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        ArgumentNullException.ThrowIfNull(kernel);
        return [.. plugin.Select(f => new KernelTool(f, kernel))];
    }

    /// <summary>A role whose instructions are rendered from a Semantic Kernel prompt template.</summary>
    /// <param name="role">The role.</param>
    /// <param name="template">The template, for example <c>You solve {{$kind}} problems.</c></param>
    /// <param name="kernel">Has the functions that the template calls.</param>
    /// <param name="arguments">The template's variables.</param>
    /// <param name="factory">Reads the template's format; null for Semantic Kernel's own format.</param>
    /// <param name="cancellationToken">Stops rendering.</param>
    public static async Task<Role> WithInstructionsAsync(
        this Role role, PromptTemplateConfig template, Kernel kernel, KernelArguments? arguments = null, IPromptTemplateFactory? factory = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(template);
        var prompt = (factory ?? new KernelPromptTemplateFactory()).Create(template);
        return role with { Instructions = await prompt.RenderAsync(kernel, arguments, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>Tools as a plugin of a kernel; characters that a plugin does not allow in a name become '_'.</summary>
    /// <exception cref="AgentTeamsException">Two tools get the same name.</exception>
    public static KernelPlugin AsKernelPlugin(this IEnumerable<AIFunction> tools, string pluginName)
    {
        ArgumentNullException.ThrowIfNull(tools);
        var functions = tools.Select(t => new PluginTool(t).AsKernelFunction()).ToList();
        if (functions.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twins)
            throw new AgentTeamsException($"The plugin '{pluginName}' gets {twins.Count()} functions named '{twins.Key}'. Rename one of the tools; in a plugin names differ by letters, digits and '_' only.");
        return KernelPluginFactory.CreateFromFunctions(PluginTool.PluginName(pluginName), functions);
    }

    /// <summary>The tools of an MCP server as a plugin of a kernel; dispose the server when the kernel is no longer used.</summary>
    /// <param name="server">The server.</param>
    /// <param name="pluginName">The plugin's name; null for the server's.</param>
    public static KernelPlugin AsKernelPlugin(this McpToolset server, string? pluginName = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return server.Tools.AsKernelPlugin(pluginName ?? server.Name);
    }
}
