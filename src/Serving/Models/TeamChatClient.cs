using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A whole team: each request is a run of its workflow, and what the run results in is the reply.</summary>
internal sealed class TeamChatClient(BoundWorkflow<IReadOnlyList<ChatMessage>, AgentReply> workflow, TeamRuntime runtime, WorkflowRunOptions runOptions)
    : IChatClient, IServedModel
{
    public Tokenizer? Tokenizer => null;

    public bool IsSeeded => true;

    /// <summary>A team answers someone, so somebody must have spoken.</summary>
    public static void CheckLast(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0 || messages[^1].Role != ChatRole.User)
            throw RequestException.BadField("messages", "The last message is none of a user. Put what is asked at the end, with the role \"user\".");
    }

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options) => CheckTeam(messages, options);

    /// <summary>Refuses what a team, however it is run, would not heed.</summary>
    public static void CheckTeam(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        CheckLast(messages);
        const string Fixed = "a team decides for itself how its roles are sampled and which tools they have. Leave it out.";
        ServedModels.Refuse(options.Temperature is not null, "temperature", Fixed);
        ServedModels.Refuse(options.TopP is not null, "top_p", Fixed);
        ServedModels.Refuse(options.TopK is not null, "top_k", Fixed);
        ServedModels.Refuse(options.MaxOutputTokens is not null, "max_completion_tokens", Fixed);
        ServedModels.Refuse(options.StopSequences is not null, "stop", Fixed);
        ServedModels.Refuse(options.Tools is not null, "tools", Fixed);
        ServedModels.Refuse(options.ToolMode is not null and not AutoChatToolMode, "tool_choice", Fixed);
        ServedModels.Refuse(options.AllowMultipleToolCalls == false, "parallel_tool_calls", Fixed);
        ServedModels.Refuse(options.ResponseFormat is ChatResponseFormatJson, "response_format", Fixed);
        ServedModels.Refuse(options.FrequencyPenalty is not null, "frequency_penalty", Fixed);
        ServedModels.Refuse(options.PresencePenalty is not null, "presence_penalty", Fixed);
        ServedModels.Refuse(options.Reasoning is not null, "reasoning_effort", Fixed);
        foreach (var name in options.AdditionalProperties?.Keys ?? []) ServedModels.Refuse(true, name, Fixed);
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var run = options?.Seed is { } seed ? runOptions with { Seed = runOptions.Seed with { Run = seed } } : runOptions;
        var usage = new UsageDetails();
        await foreach (var e in workflow.StreamAsync([.. messages], runtime, run, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case CallRecorded { Node.Usage: var (read, written) }:
                    usage.Add(new() { InputTokenCount = read, OutputTokenCount = written, TotalTokenCount = read + written });
                    break;
                case NodeStarted or NodeCompleted:
                    // It says nothing, but that the team is at work.
                    yield return new(ChatRole.Assistant, []);
                    break;
                case WorkflowCompleted<AgentReply> completed:
                    AIContent[] reply = [new TextContent(completed.State.Text), new UsageContent(usage)];
                    yield return new(ChatRole.Assistant, reply) { FinishReason = ChatFinishReason.Stop };
                    break;
                case WorkflowFailed failed:
                    throw new AgentTeamsException($"The team '{workflow.Name}' could not answer: {failed.Exception.Message}", failed.Exception);
                case WorkflowWaiting waiting:
                    var asked = string.Join(" and ", waiting.Requests.Select(r => $"'{r.Id}'"));
                    throw new AgentTeamsException($"The team '{workflow.Name}' waits for an answer to {asked}, which nobody can give here. Give "
                        + "WorkflowRunOptions.Responder.");
                case WorkflowCancelled:
                    throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    // Models and tools belong to whoever gave them.
    public void Dispose() { }
}
