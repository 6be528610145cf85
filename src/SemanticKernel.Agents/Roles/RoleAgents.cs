using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

namespace AgentTeams.SemanticKernel;

/// <summary>From AgentTeams into Semantic Kernel: roles as agents.</summary>
public static class RoleAgents
{
    private const string ToolPlugin = "tools";

    /// <summary>
    /// A role as an agent, with its instructions, options and tools; Semantic Kernel's loop calls the tools. It takes part in
    /// agent groups and orchestrations, handoffs included, and can be recorded with <see cref="RecordedAgents.Recorded"/>.
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
    /// <param name="serviceId">The key of the chat service; null for whatever the kernel would choose.</param>
    public static ChatCompletionAgent AsAgent(this Role role, Kernel kernel, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(kernel);
        var own = kernel.Clone();
        if (role.Tools.Count > 0) own.Plugins.Add(role.Tools.AsKernelPlugin(ToolPlugin));
        var settings = ExecutionSettings.From(role.Options);
        settings.ServiceId = serviceId;
        if (own.Plugins.Count > 0) settings.FunctionChoiceBehavior = FunctionChoiceBehavior.Auto();
        own.AutoFunctionInvocationFilters.Add(new ToolRoundFilter(role));
        return new()
        {
            Name = role.Name,
            Description = role.Description.Length > 0 ? role.Description : role.Name,
            Instructions = role.Instructions,
            Kernel = own,
            Arguments = new KernelArguments(settings),
        };
    }
}
