using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>A workflow as an agent: each time the agent is invoked, the workflow runs over the conversation so far.</summary>
internal sealed class WorkflowAgent : ChatHistoryAgent
{
    private readonly BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> _workflow;
    private readonly TeamRuntime _runtime;
    private readonly WorkflowRunOptions _options;

    public WorkflowAgent(BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions options)
    {
        (_workflow, _runtime, _options) = (workflow, runtime, options);
        Name = workflow.Name;
        Description = workflow.Description;
    }

    public override async IAsyncEnumerable<AgentResponseItem<ChatMessageContent>> InvokeAsync(
        ICollection<ChatMessageContent> messages, AgentThread? thread = null, AgentInvokeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var history = await EnsureThreadExistsWithMessagesAsync(messages, thread, () => new ChatHistoryAgentThread(), cancellationToken).ConfigureAwait(false);
        var answer = await AnswerAsync(history.ChatHistory, options, cancellationToken).ConfigureAwait(false);
        await NotifyThreadOfNewMessage(history, answer, cancellationToken).ConfigureAwait(false);
        yield return new(answer, history);
    }

    public override async IAsyncEnumerable<AgentResponseItem<StreamingChatMessageContent>> InvokeStreamingAsync(
        ICollection<ChatMessageContent> messages, AgentThread? thread = null, AgentInvokeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var item in InvokeAsync(messages, thread, options, cancellationToken).ConfigureAwait(false))
            yield return new(new(item.Message.Role, item.Message.Content) { AuthorName = item.Message.AuthorName }, item.Thread);
    }

    protected override async IAsyncEnumerable<ChatMessageContent> InvokeAsync(
        ChatHistory history, KernelArguments? arguments = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return await AnswerAsync(history, null, cancellationToken).ConfigureAwait(false);
    }

    protected override async IAsyncEnumerable<StreamingChatMessageContent> InvokeStreamingAsync(
        ChatHistory history, KernelArguments? arguments = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answer = await AnswerAsync(history, null, cancellationToken).ConfigureAwait(false);
        history.Add(answer);
        yield return new(answer.Role, answer.Content) { AuthorName = answer.AuthorName };
    }

    protected override Task<AgentChannel> RestoreChannelAsync(string channelState, CancellationToken cancellationToken) =>
        throw new AgentTeamsException($"The agent '{Name}' is a workflow, whose chat cannot be restored from a saved state. Start it with the chat's history.");

    private async Task<ChatMessageContent> AnswerAsync(ChatHistory history, AgentInvokeOptions? options, CancellationToken cancellationToken)
    {
        using var inner = new InnerRun(AgentInvocation.Here, _options);
        AgentReply? reply = null;
        await foreach (var e in _workflow.StreamAsync([.. history.Select(m => m.ToChatMessage())], _runtime, inner.Options, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case CallRecorded { Node: var node } call:
                    inner.Add(call);
                    if (node is { Kind: NodeKind.Role, Error: null } && options?.OnIntermediateMessage is { } listener) await listener(Say(node.Text, node.Role)).ConfigureAwait(false);
                    break;
                case WorkflowCompleted<AgentReply> completed:
                    reply = completed.State;
                    break;
                case WorkflowFailed failed:
                    throw failed.Exception;
                case WorkflowWaiting waiting:
                    throw new WorkflowWaitingException(Name ?? "agent", waiting.Requests);
                case WorkflowCancelled:
                    throw new OperationCanceledException(cancellationToken);
            }
        }

        var answer = Say(reply!.Text, Name);

        // An orchestration keeps only what it hears here.
        if (options?.OnIntermediateMessage is { } hears) await hears(answer).ConfigureAwait(false);
        if (reply.HandoffTo is { } target) await HandOverAsync(target, options?.Kernel, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    private async Task HandOverAsync(string target, Kernel? kernel, CancellationToken cancellationToken)
    {
        if (kernel is null || !kernel.Plugins.TryGetPlugin(Handoff.Plugin, out var plugin)) return;
        if (!plugin.TryGetFunction(Handoff.FunctionTo(target), out var transfer))
            throw new AgentTeamsException($"The agent '{Name}' cannot hand over to '{target}'. It can: {string.Join(", ", plugin.Select(f => f.Name))}.");
        await transfer.InvokeAsync(kernel, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (AgentInvocation.Here is { } recorded) recorded.TransferredTo = target;
    }

    private static ChatMessageContent Say(string text, string? author) => new(AuthorRole.Assistant, text) { AuthorName = author };
}
