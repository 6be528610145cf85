using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A reply that is sent when all of it is known.</summary>
internal static class WholeReply
{
    public static Completion Of(ReplyHead head, IReadOnlyList<ChatResponse> responses, Tokenizer? tokenizer)
    {
        var replies = responses.Select(ReplyContent.Of).ToList();
        return head.Completion(
            [.. replies.Select((r, i) => new Choice(i, Message(r.Content, r.Text, r.Reasoning),
                head.Request.LogProbs ? ReplyTokens.LogProbs(r.Content, tokenizer) : null, r.Content.FinishReason))],
            ReplyTokens.Sum(replies.Select(r => r.Content.Usage)),
            replies[0].Content.Fingerprint);
    }

    private static Message Message(ReplyContent content, string text, string reasoning)
    {
        var calls = content.OpenCalls(isStreamed: false);
        return new("assistant", text.Length == 0 && calls is not null ? null : text, reasoning.Length == 0 ? null : reasoning, calls);
    }
}
