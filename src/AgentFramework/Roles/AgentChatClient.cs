using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>An agent that answers as a chat client.</summary>
internal sealed class AgentChatClient(AIAgent agent) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("agent-framework", defaultModelId: agent.Name ?? agent.Id);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        (await agent.RunAsync(messages.WithInstructions(options), null, Options(options), cancellationToken).ConfigureAwait(false)).AsChatResponse();

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in agent.RunStreamingAsync(messages.WithInstructions(options), null, Options(options), cancellationToken).ConfigureAwait(false)) yield return update.AsChatResponseUpdate();
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType == typeof(ChatClientMetadata) ? _metadata : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : agent.GetService(serviceType, serviceKey);
    }

    // The agent belongs to whoever made it.
    public void Dispose() { }

    private AgentRunOptions? Options(ChatOptions? options)
    {
        if (options is null) return null;
        Refuse("tools", options.Tools is { Count: > 0 });
        Refuse("a temperature", options.Temperature is not null);
        Refuse("a limit of output tokens", options.MaxOutputTokens is not null);
        Refuse("top-p or top-k", options.TopP is not null || options.TopK is not null);
        Refuse("penalties", options.FrequencyPenalty is not null || options.PresencePenalty is not null);
        Refuse("stop sequences", options.StopSequences is { Count: > 0 });
        Refuse("a model id", options.ModelId is not null);
        Refuse("reasoning options", options.Reasoning is not null);
        return new() { ResponseFormat = options.ResponseFormat, AdditionalProperties = options.AdditionalProperties };
    }

    private void Refuse(string what, bool isAsked)
    {
        if (isAsked) throw new AgentTeamsException($"The agent '{agent.Name ?? agent.Id}' was asked for {what}, which a run of an agent cannot be given. Set it on the agent, and not on its role.");
    }
}
