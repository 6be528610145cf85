namespace AgentTeams.Benchmarks.Workflows;

internal sealed record BenchState(int Value = 0, string Text = "");

/// <summary>A model that answers at once.</summary>
internal sealed class InstantClient : IChatClient
{
    private static readonly ChatMessage Answer = new(ChatRole.Assistant, "ok");

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(Answer));

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() { }
}
