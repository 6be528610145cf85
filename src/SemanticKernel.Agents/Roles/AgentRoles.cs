using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>From Semantic Kernel into AgentTeams: agents as roles and as models.</summary>
public static class AgentRoles
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

    private static Role Create(ChatCompletionAgent agent, string? instructions)
    {
        if (agent.Name is not { Length: > 0 } name)
            throw new AgentTeamsException($"The agent '{agent.Id}' has no name. Set ChatCompletionAgent.Name, which becomes the role's.");
        var settings = KernelChatClient.SettingsOf(agent.Kernel, agent.Arguments ?? []);
        var choice = settings?.FunctionChoiceBehavior?.GetConfiguration(new(new ChatHistory()) { Kernel = agent.Kernel });
        var functions = choice?.Choice == FunctionChoice.None ? null : choice?.Functions;
        if (functions?.GroupBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twins)
        {
            throw new AgentTeamsException($"The agent '{name}' has functions named '{twins.Key}' in the plugins {string.Join(" and ", twins.Select(f => $"'{f.PluginName}'"))}. "
                + "A role knows its tools by name alone: offer one of them, with FunctionChoiceBehavior.Auto(functions), or rename one.");
        }

        return new()
        {
            Name = name,
            Description = agent.Description ?? "",
            Instructions = instructions ?? "",
            Tools = [.. (functions ?? []).Select(f => new KernelTool(f, agent.Kernel))],
            Options = settings.ToRoleOptions(agent.Kernel),
        };
    }
}
