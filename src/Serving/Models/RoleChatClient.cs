using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A role without tools of its own: its instructions lead, and its options hold where a request gives none.</summary>
internal sealed class RoleChatClient(Role role, IChatClient inner) : IChatClient, IServedModel
{
    private readonly IServedModel _model = ServedModels.Of(inner);

    public Tokenizer? Tokenizer => _model.Tokenizer;

    public bool IsSeeded => _model.IsSeeded;

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        RoleRequest.CheckFormat(role, options);
        _model.Check(messages, Complete(options));
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.GetResponseAsync(messages, Complete(options), cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.GetStreamingResponseAsync(messages, Complete(options), cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : inner.GetService(serviceType, serviceKey);

    // The inner client belongs to whoever gave it.
    public void Dispose() { }

    private ChatOptions Complete(ChatOptions? options)
    {
        var own = role.Options;
        var all = options?.Clone() ?? new();
        // A client's own system message follows in the same place, which is what chat clients do with instructions.
        string?[] instructions = [role.Instructions, all.Instructions];
        all.Instructions = string.Join("\n\n", instructions.Where(i => !string.IsNullOrEmpty(i)));
        all.Temperature ??= own.Temperature;
        all.TopP ??= own.TopP;
        all.TopK ??= own.TopK;
        all.Reasoning ??= own.Reasoning;
        all.MaxOutputTokens ??= own.MaxOutputTokens;
        if (all.StopSequences is null && own.StopSequences.Count > 0) all.StopSequences = [.. own.StopSequences];
        if (own.ResponseSchema is { } schema) all.ResponseFormat = ChatResponseFormat.ForJsonSchema(schema);
        return all;
    }
}
