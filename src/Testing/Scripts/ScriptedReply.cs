using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>What a scripted model does when it is asked: a text, tool calls, a whole response, or a failure. A text or a response converts to it.</summary>
public sealed class ScriptedReply
{
    private readonly Func<CancellationToken, ValueTask<ChatResponse>> _create;

    private ScriptedReply(Func<ChatResponse> create)
        : this(_ => new(create()))
    {
    }

    private ScriptedReply(Func<CancellationToken, ValueTask<ChatResponse>> create) => _create = create;

    /// <summary>A text.</summary>
    public static implicit operator ScriptedReply(string text) => Say(text);

    /// <summary>A whole response.</summary>
    public static implicit operator ScriptedReply(ChatResponse response) => Of(response);

    /// <summary>A text.</summary>
    public static ScriptedReply Say(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(() => new(new ChatMessage(ChatRole.Assistant, text)) { FinishReason = ChatFinishReason.Stop });
    }

    /// <summary>A call of a tool.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="arguments">Its arguments, as an object with a member for each, for example <c>new { query = "rain" }</c>; null for none.</param>
    public static ScriptedReply CallTool(string tool, object? arguments = null) => CallTools((tool, arguments));

    /// <summary>Calls of several tools at once.</summary>
    /// <param name="calls">Each tool's name and its arguments, as <see cref="CallTool"/> takes them.</param>
    public static ScriptedReply CallTools(params (string Tool, object? Arguments)[] calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        foreach (var (tool, _) in calls) ArgumentException.ThrowIfNullOrEmpty(tool, nameof(calls));
        Dictionary<string, object?>[] arguments = [.. calls.Select(c => ToolArguments.Of(c.Arguments))];
        return new(() => new(new ChatMessage(ChatRole.Assistant, [.. calls.Select((c, i) => new FunctionCallContent($"call-{i}-{c.Tool}", c.Tool, new Dictionary<string, object?>(arguments[i])))]))
        {
            FinishReason = ChatFinishReason.ToolCalls,
        });
    }

    /// <summary>A whole response; each call is given a copy of its own.</summary>
    public static ScriptedReply Of(ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return new(() => new([.. response.Messages.Select(m => m.Clone())])
        {
            ResponseId = response.ResponseId, ModelId = response.ModelId, FinishReason = response.FinishReason, Usage = response.Usage, CreatedAt = response.CreatedAt,
            AdditionalProperties = response.AdditionalProperties?.Clone(),
        });
    }

    /// <summary>A failure, as of a model that cannot be reached.</summary>
    public static ScriptedReply Fail(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(() => throw error);
    }

    /// <summary>No reply at all: the call waits until it is cancelled, as by a time-out.</summary>
    public static ScriptedReply Never() => new(async stop =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        throw new OperationCanceledException(stop);
    });

    /// <summary>The same reply, and what a provider tells beside it: a model's id, properties, a finish reason.</summary>
    /// <param name="change">Changes the response of every call that this answers.</param>
    public ScriptedReply With(Action<ChatResponse> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new(async stop =>
        {
            var response = await _create(stop).ConfigureAwait(false);
            change(response);
            return response;
        });
    }

    /// <summary>The same reply, and how many tokens it cost.</summary>
    /// <param name="inputTokens">Tokens read, at least 0.</param>
    /// <param name="outputTokens">Tokens written, at least 0.</param>
    public ScriptedReply WithUsage(long inputTokens, long outputTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(outputTokens);
        return With(r => r.Usage = new() { InputTokenCount = inputTokens, OutputTokenCount = outputTokens, TotalTokenCount = inputTokens + outputTokens });
    }

    internal ValueTask<ChatResponse> CreateAsync(CancellationToken cancellationToken) => _create(cancellationToken);
}
