using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A role that calls tools by itself: each request is a run of a workflow that consists of the role.</summary>
internal sealed class ToolRoleChatClient(Role role, IChatClient inner) : IChatClient, IServedModel
{
    private readonly IServedModel _model = ServedModels.Of(inner);

    // Log-probabilities belong to one call of a model, and a reply may have taken several.
    public Tokenizer? Tokenizer => null;

    public bool IsSeeded => true;

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        RoleRequest.CheckFormat(role, options);
        RoleRequest.CheckTools(role, options);
        TeamChatClient.CheckLast(messages);
        var (asked, conversation) = RoleRequest.Apply(role, messages, options);
        _model.Check(conversation, new()
        {
            Instructions = asked.Instructions,
            Temperature = asked.Options.Temperature,
            TopP = asked.Options.TopP,
            TopK = asked.Options.TopK,
            MaxOutputTokens = asked.Options.MaxOutputTokens,
            StopSequences = [.. asked.Options.StopSequences],
            ResponseFormat = asked.Options.ResponseSchema is { } schema ? ChatResponseFormat.ForJsonSchema(schema) : null,
            Tools = [.. asked.Tools],
            ToolMode = asked.Options.ToolMode,
        });
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var (asked, conversation) = RoleRequest.Apply(role, messages, options);
        return new TeamChatClient(WorkflowOf(asked), TeamRuntime.ForAll(inner), new())
            .GetStreamingResponseAsync(conversation, new() { Seed = options.Seed }, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    // The inner client belongs to whoever gave it.
    public void Dispose() { }

    private static BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> WorkflowOf(Role asked)
    {
        var wf = Workflow.CreateBuilder<Turn>(asked.Name);
        wf.Start(wf.AddRole(asked, s => s.Messages.ToList(), (s, reply) => s with { Reply = reply.Text }));
        return wf.Build().BindChat(messages => new Turn(messages), s => s.Reply);
    }

    private sealed record Turn(IReadOnlyList<ChatMessage> Messages, string Reply = "");
}
