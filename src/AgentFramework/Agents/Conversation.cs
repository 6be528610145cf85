using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>The state of a role's workflow: what was said, and the reply.</summary>
internal sealed record Conversation
{
    public ImmutableArray<ChatMessage> Messages { get; init; } = [];

    public string Reply { get; init; } = "";
}
