using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Messages of Semantic Kernel as a recorder hears them.</summary>
internal static class SpokenMessages
{
    public static SpokenMessage ToSpoken(this ChatMessageContent message) =>
        new(message.ToCompleteChatMessage(), message, MessageUsage.SourceOf(message), MessageUsage.Of(message));
}
