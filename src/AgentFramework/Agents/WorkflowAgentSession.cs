using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>The conversation with a workflow: what it was told and what it answered.</summary>
internal sealed class WorkflowAgentSession : AgentSession
{
    public List<ChatMessage> Messages { get; init; } = [];

    public JsonElement Serialize(JsonSerializerOptions? options) => JsonSerializer.SerializeToElement(Messages, options ?? AIJsonUtilities.DefaultOptions);

    /// <exception cref="AgentTeamsException">The state is not a list of messages.</exception>
    public static WorkflowAgentSession Deserialize(JsonElement state, string? agent, JsonSerializerOptions? options)
    {
        try
        {
            return new() { Messages = state.Deserialize<List<ChatMessage>>(options ?? AIJsonUtilities.DefaultOptions) ?? [] };
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"The state of a session of '{agent}' is no list of messages but {state.ValueKind}: {e.Message} Give what SerializeSessionAsync returned.", e);
        }
    }
}
