using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>From Agent Framework into AgentTeams: agents as roles and as models.</summary>
public static class AgentRoles
{
    /// <summary>
    /// An agent as a role, with its name and description. Its instructions, tools and options stay with the agent, so let
    /// <see cref="AsChatClient"/> answer for the role: <c>TeamRuntime</c> maps the role to it. Instructions of the role's own come before the agent's.
    /// </summary>
    /// <exception cref="AgentTeamsException">The agent has no name.</exception>
    public static Role AsRole(this AIAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (string.IsNullOrWhiteSpace(agent.Name)) throw new AgentTeamsException($"The agent '{agent.Id}' has no name. Give it one, which becomes the role's.");
        return new() { Name = agent.Name, Description = agent.Description ?? "" };
    }

    /// <summary>
    /// An agent as the model of a role: each call runs the agent on the messages, in a session of its own, with the agent's own instructions, tools
    /// and options.
    /// </summary>
    /// <param name="agent">The agent.</param>
    public static IChatClient AsChatClient(this AIAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return new AgentChatClient(agent);
    }
}
