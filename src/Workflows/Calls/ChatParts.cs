using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>What chat options and responses say, in the forms that records and services use.</summary>
internal static class ChatParts
{
    /// <summary>The messages as a model reads them: instructions that travel in the options come first.</summary>
    public static IEnumerable<ChatMessage> WithInstructions(this IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        options?.Instructions is { Length: > 0 } instructions ? messages.Prepend(new(ChatRole.System, instructions)) : messages;

    /// <summary>The tokens, or null where neither count is known.</summary>
    public static TokenUsage? ToTokenUsage(this UsageDetails? usage) =>
        usage is { InputTokenCount: null, OutputTokenCount: null } or null ? null : new(usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0);
}
