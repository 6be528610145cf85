using Microsoft.Extensions.AI;

namespace AgentTeams.Samples;

/// <summary>Stands in for a model: asks the calculator once, then repeats what it said.</summary>
internal sealed class ScriptedModel(string expression) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var result = messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>().LastOrDefault();
        AIContent content = result is null
            ? new FunctionCallContent("call-1", "calculate", new Dictionary<string, object?> { ["expression"] = expression })
            : new TextContent($"The answer is {result.Result}.");
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [content])));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The scripted model does not stream.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}
