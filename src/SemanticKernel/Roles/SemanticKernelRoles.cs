using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>From Semantic Kernel into AgentTeams: agents as roles, kernels as models, plugins as tools, templates as instructions.</summary>
public static class SemanticKernelRoles
{
    /// <summary>
    /// An agent as a role: its name, description, instructions, execution settings and the functions that its function choice
    /// behavior offers. Let <see cref="AsChatClient(ChatCompletionAgent)"/> answer for it and Semantic Kernel's own loop calls
    /// those functions, all filters included; any other client, and the workflow's loop calls them, function filters included.
    /// </summary>
    /// <exception cref="AgentTeamsException">The agent has no name that suits a role, or its instructions are a template; use
    /// <see cref="AsRoleAsync"/>.</exception>
    public static Role AsRole(this ChatCompletionAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (agent.Template is not null)
            throw new AgentTeamsException($"The instructions of the agent '{agent.Name}' are a template, which is rendered asynchronously. Use AsRoleAsync.");
        return Create(agent, agent.Instructions);
    }

    /// <summary>As <see cref="AsRole"/>, with a template of instructions rendered from the agent's arguments and these.</summary>
    public static async Task<Role> AsRoleAsync(this ChatCompletionAgent agent, KernelArguments? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (agent.Template is null) return Create(agent, agent.Instructions);
        var merged = new KernelArguments((agent.Arguments ?? []).Concat(arguments ?? []).GroupBy(a => a.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Value));
        return Create(agent, await agent.Template.RenderAsync(agent.Kernel, merged, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The model behind an agent, as the workflow's client for its role: with its settings, functions and filters.</summary>
    public static IChatClient AsChatClient(this ChatCompletionAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return new KernelChatClient(agent.Kernel, agent.Arguments ?? []);
    }

    /// <summary>A kernel's chat client or chat-completion service as a model; the kernel's filters fire for functions it calls.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="serviceId">The key of the service; null, the default, for the service that the kernel chooses itself.</param>
    /// <param name="settings">Settings of every call; null, the default, for none.</param>
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
    /// <param name="factory">Reads the template's format; null, the default, for Semantic Kernel's own format.</param>
    /// <param name="cancellationToken">Stops rendering.</param>
    public static async Task<Role> WithInstructionsAsync(
        this Role role, PromptTemplateConfig template, Kernel kernel, KernelArguments? arguments = null, IPromptTemplateFactory? factory = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(template);
        var prompt = (factory ?? new KernelPromptTemplateFactory()).Create(template);
        return role with { Instructions = await prompt.RenderAsync(kernel, arguments, cancellationToken).ConfigureAwait(false) };
    }

    private static Role Create(ChatCompletionAgent agent, string? instructions)
    {
        var settings = agent.Arguments?.ExecutionSettings?.Values.FirstOrDefault();
        var functions = settings?.FunctionChoiceBehavior?.GetConfiguration(new(new ChatHistory()) { Kernel = agent.Kernel }).Functions;
        return new()
        {
            Name = agent.Name ?? throw new AgentTeamsException($"The agent '{agent.Id}' has no name. Set ChatCompletionAgent.Name, which becomes the role's."),
            Description = agent.Description ?? "",
            Instructions = instructions ?? "",
            Tools = [.. (functions ?? []).Select(f => new KernelTool(f, agent.Kernel))],
            Options = settings.ToRoleOptions(agent.Kernel),
        };
    }
}
