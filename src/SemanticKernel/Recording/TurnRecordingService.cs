using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// A chat-completion service whose turns are recorded as they were really sent: what the history held, then what the service's own
/// tool-call loop added to it. Where a recording client below reports each turn itself, nothing is added.
/// </summary>
internal sealed class TurnRecordingService(IChatCompletionService inner) : IChatCompletionService
{
    public IReadOnlyDictionary<string, object?> Attributes => inner.Attributes;

    public async Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        var turns = TurnsUnderWay.Begin(chatHistory);
        try
        {
            var answers = await inner.GetChatMessageContentsAsync(chatHistory, executionSettings, kernel, cancellationToken).ConfigureAwait(false);
            turns?.Complete(answers, null);
            return answers;
        }
        catch (Exception e)
        {
            turns?.Complete([], e);
            throw;
        }
    }

    public async IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var turns = TurnsUnderWay.Begin(chatHistory);
        var text = new StringBuilder();
        IReadOnlyDictionary<string, object?>? metadata = null;
        var stream = inner.GetStreamingChatMessageContentsAsync(chatHistory, executionSettings, kernel, cancellationToken);
        await foreach (var part in stream.ObserveAsync(Hear, End, cancellationToken).ConfigureAwait(false)) yield return part;

        void Hear(StreamingChatMessageContent part)
        {
            text.Append(part.Content);
            if (part.Metadata?.GetValueOrDefault("Usage") is not null) metadata = part.Metadata;
        }

        void End(Exception? error)
        {
            // The text of earlier turns is in the history too.
            var earlier = turns?.Earlier(m => m.Content) ?? "";
            var last = text.ToString();
            if (earlier.Length > 0 && last.StartsWith(earlier, StringComparison.Ordinal)) last = last[earlier.Length..];
            turns?.Complete(last.Length == 0 ? [] : [new(AuthorRole.Assistant, last, metadata: metadata)], error);
        }
    }

    private sealed class TurnsUnderWay(AgentInvocation invocation, ChatHistory history)
    {
        private readonly int _calls = invocation.Calls;
        private readonly int _before = history.Count;
        private readonly List<ChatMessageContent> _input = [.. history];
        private readonly DateTimeOffset _start = invocation.TimeProvider.GetUtcNow();
        private readonly long _began = invocation.TimeProvider.GetTimestamp();

        public static TurnsUnderWay? Begin(ChatHistory history) => AgentInvocation.Here is { } invocation ? new(invocation, history) : null;

        public string Earlier(Func<ChatMessageContent, string?> read) => string.Concat(history.Skip(_before).Where(m => m.Role == AuthorRole.Assistant).Select(read));

        public void Complete(IReadOnlyList<ChatMessageContent> answers, Exception? error)
        {
            if (invocation.Calls != _calls) return;
            invocation.RecordTurns(
                [.. _input.Select(m => m.ToCompleteChatMessage())], [.. history.Skip(_before).Concat(answers).Select(m => m.ToSpoken())], _start,
                invocation.TimeProvider.GetElapsedTime(_began), error);
        }
    }
}
