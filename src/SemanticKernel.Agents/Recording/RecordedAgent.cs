using System.Runtime.CompilerServices;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>An agent that behaves as the one inside it, and is recorded.</summary>
internal sealed class RecordedAgent : ChatHistoryAgent
{
    private readonly AgentRecorder _recorder;
    private readonly AgentSeat _seat;

    public RecordedAgent(Agent inner, AgentRecorder recorder)
    {
        (Inner, _recorder, _seat) = (inner, recorder, recorder.SeatOf(inner.Name ?? inner.Id, inner));
        Id = inner.Id;
        Name = inner.Name;
        Description = inner.Description ?? inner.Name ?? inner.Id;
        Instructions = inner.Instructions;
        Kernel = inner.Kernel;
        Arguments = inner.Arguments;
        LoggerFactory = inner.LoggerFactory;
        Template = inner.Template;
        UseImmutableKernel = inner.UseImmutableKernel;
        HistoryReducer = (inner as ChatHistoryAgent)?.HistoryReducer;
        TrajectoryFilter.Ensure(Kernel);
    }

    public Agent Inner { get; }

    public override IAsyncEnumerable<AgentResponseItem<ChatMessageContent>> InvokeAsync(
        ICollection<ChatMessageContent> messages, AgentThread? thread = null, AgentInvokeOptions? options = null, CancellationToken cancellationToken = default) =>
        RecordAsync(messages, options, (given, token) => Inner.InvokeAsync(messages, thread, given, token),
            (invocation, item) => invocation.Hear(item.Message.ToSpoken()), cancellationToken);

    public override IAsyncEnumerable<AgentResponseItem<StreamingChatMessageContent>> InvokeStreamingAsync(
        ICollection<ChatMessageContent> messages, AgentThread? thread = null, AgentInvokeOptions? options = null, CancellationToken cancellationToken = default) =>
        RecordAsync(messages, options, (given, token) => Inner.InvokeStreamingAsync(messages, thread, given, token), (_, _) => { }, cancellationToken);

    // An agent group keeps the history itself: what is said is added by its caller, what tools say by the agent.
    protected override async IAsyncEnumerable<ChatMessageContent> InvokeAsync(
        ChatHistory history, KernelArguments? arguments = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var item in InvokeAsync([], new ChatHistoryAgentThread([.. history]), Options(history, arguments, kernel, keepsText: false), cancellationToken).ConfigureAwait(false))
            yield return item.Message;
    }

    protected override async IAsyncEnumerable<StreamingChatMessageContent> InvokeStreamingAsync(
        ChatHistory history, KernelArguments? arguments = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var item in InvokeStreamingAsync([], new ChatHistoryAgentThread([.. history]), Options(history, arguments, kernel, keepsText: true), cancellationToken).ConfigureAwait(false))
            yield return item.Message;
    }

    protected override Task<AgentChannel> RestoreChannelAsync(string channelState, CancellationToken cancellationToken) =>
        throw new AgentTeamsException($"The agent '{Name ?? Id}' is recorded, and a recording cannot be restored from a saved chat. Restore the chat with the agent itself.");

    private static AgentInvokeOptions Options(ChatHistory history, KernelArguments? arguments, Kernel? kernel, bool keepsText) => new()
    {
        KernelArguments = arguments,
        Kernel = kernel,
        OnIntermediateMessage = message =>
        {
            if (keepsText || message.Items.Any(i => i is FunctionCallContent or FunctionResultContent)) history.Add(message);
            return Task.CompletedTask;
        },
    };

    private AgentInvokeOptions Listening(AgentInvokeOptions? options, AgentInvocation invocation)
    {
        // Options of a kind of their own cannot be copied; then only what the agent returns is heard.
        if (options is not null && options.GetType() != typeof(AgentInvokeOptions)) return options;
        var forwarded = options?.OnIntermediateMessage;
        return new(options ?? new())
        {
            Kernel = KernelFor(options),
            OnIntermediateMessage = message =>
            {
                invocation.Hear(message.ToSpoken());
                return forwarded?.Invoke(message) ?? Task.CompletedTask;
            },
        };
    }

    // Only a service that does not report its turns needs another kernel.
    private Kernel? KernelFor(AgentInvokeOptions? options)
    {
        var kernel = options?.Kernel ?? Inner.Kernel;
        if (Inner is not ChatCompletionAgent) return options?.Kernel;
        var arguments = new KernelArguments((Inner.Arguments?.ExecutionSettings ?? options?.KernelArguments?.ExecutionSettings)?.Values ?? []);
        return KernelChatClient.ReportsTurns(kernel, arguments) ? options?.Kernel : RecordingKernel.Of(kernel);
    }

    private IAsyncEnumerable<T> RecordAsync<T>(
        ICollection<ChatMessageContent> messages, AgentInvokeOptions? options, Func<AgentInvokeOptions, CancellationToken, IAsyncEnumerable<T>> invoke,
        Action<AgentInvocation, T> hear, CancellationToken cancellationToken)
    {
        if (options?.Kernel is { } other) TrajectoryFilter.Ensure(other);
        return _recorder.RecordAsync(
            () => _recorder.Begin(_seat, [.. messages.Select(m => m.ToSpoken())]).WithoutToolBodies(),
            (invocation, token) => invoke(Listening(options, invocation), token), hear, cancellationToken: cancellationToken);
    }
}
