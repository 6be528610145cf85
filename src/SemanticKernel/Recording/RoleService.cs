using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>A service whose calls are invocations of a role.</summary>
internal sealed class RoleService(IChatCompletionService inner, AgentRecorder recorder, string role) : IChatCompletionService
{
    private readonly TurnRecordingService _service = new(inner);
    private readonly AgentSeat _seat = recorder.SeatOf(role, inner);

    public IReadOnlyDictionary<string, object?> Attributes => inner.Attributes;

    public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
        recorder.RecordOneAsync(
            () => Begin(chatHistory, kernel),
            (_, token) => _service.GetChatMessageContentsAsync(chatHistory, executionSettings, kernel, token),
            (invocation, answers) =>
            {
                foreach (var answer in answers) invocation.Hear(answer.ToSpoken());
            },
            cancellationToken);

    public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
        recorder.RecordAsync(
            () => Begin(chatHistory, kernel),
            (_, token) => _service.GetStreamingChatMessageContentsAsync(chatHistory, executionSettings, kernel, token), (_, _) => { }, cancellationToken: cancellationToken);

    private AgentInvocation Begin(ChatHistory history, Kernel? kernel)
    {
        if (kernel is not null) TrajectoryFilter.Ensure(kernel);
        return recorder.Begin(_seat, [.. history.Select(m => m.ToSpoken())]).WithoutToolBodies();
    }
}
