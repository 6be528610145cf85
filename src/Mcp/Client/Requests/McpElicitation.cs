using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>A question that a server puts to a person while it works on a call.</summary>
public sealed record McpElicitation
{
    /// <summary>The server's name.</summary>
    public required string Server { get; init; }

    /// <summary>What is being called: a tool, a prompt or the address of a resource; null where that is not known.</summary>
    public string? Tool { get; init; }

    /// <summary>The question. It is the server's text: show it as such.</summary>
    public required string Message { get; init; }

    /// <summary>The JSON schema of the answer: an object of texts, numbers, booleans and choices; null for <see cref="Url"/>.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>An address that the person is asked to visit, where the server sees to the rest; null for a form. Show it whole before it is opened.</summary>
    public Uri? Url { get; init; }

    /// <summary>The call of a workflow that the question belongs to, or null.</summary>
    internal ToolCallContext? Context { get; init; }

    /// <summary>
    /// Asks whoever answers the run's human requests (<c>WorkflowRunOptions.Responder</c>), as a request whose payload is a <see cref="McpQuestion"/> and whose answer
    /// is the form's; null as the answer declines. Question and answer are recorded behind the call. Where nobody answers, the server is told that it was cancelled.
    /// </summary>
    public static async ValueTask<McpElicitationAnswer> AskRun(McpElicitation question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Context is not { } context) return McpElicitationAnswer.Cancel;
        var schema = question.Schema ?? JsonElement.Parse("""{"type":"boolean"}""");
        var payload = JsonSerializer.SerializeToElement(new McpQuestion(question.Server, question.Tool, question.Message, question.Url?.ToString()), JsonSerializerOptions.Web);
        if (await context.AskAsync(payload, schema, cancellationToken).ConfigureAwait(false) is not { } answer) return McpElicitationAnswer.Cancel;
        return answer.ValueKind switch
        {
            JsonValueKind.Object => McpElicitationAnswer.Accept(answer),
            JsonValueKind.True => McpElicitationAnswer.Accept(),
            _ => McpElicitationAnswer.Decline,
        };
    }
}

/// <summary>What a person is asked, as the payload of a human request.</summary>
/// <param name="Server">The server that asks.</param>
/// <param name="Tool">What is being called, or null.</param>
/// <param name="Message">The question.</param>
/// <param name="Url">An address to visit, or null.</param>
public sealed record McpQuestion(string Server, string? Tool, string Message, string? Url = null);

/// <summary>What a person answers.</summary>
public sealed record McpElicitationAnswer
{
    private McpElicitationAnswer(string action, JsonElement? content = null) => (Action, Content) = (action, content);

    /// <summary>The person does not want to answer.</summary>
    public static McpElicitationAnswer Decline { get; } = new("decline");

    /// <summary>Nobody answered.</summary>
    public static McpElicitationAnswer Cancel { get; } = new("cancel");

    /// <summary>What is done, by the protocol's names: "accept", "decline" or "cancel".</summary>
    public string Action { get; }

    /// <summary>The form's answer, or null.</summary>
    public JsonElement? Content { get; }

    /// <summary>The person answers.</summary>
    /// <param name="content">An object that satisfies the question's schema; null for an address.</param>
    public static McpElicitationAnswer Accept(JsonElement? content = null) => new("accept", content);
}
