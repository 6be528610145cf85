using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A response as a stream, its texts cut between their words.</summary>
internal static class ReplyStream
{
    public static IEnumerable<ChatResponseUpdate> Of(ChatResponse response)
    {
        foreach (var message in response.Messages)
        {
            foreach (var part in message.Contents.SelectMany(Parts))
                yield return new(message.Role, [part]) { MessageId = message.MessageId, ResponseId = response.ResponseId, ModelId = response.ModelId, AuthorName = message.AuthorName };
        }

        yield return new()
        {
            Role = ChatRole.Assistant, FinishReason = response.FinishReason, ResponseId = response.ResponseId, ModelId = response.ModelId, AdditionalProperties = response.AdditionalProperties,
            Contents = response.Usage is { } usage ? [new UsageContent(usage)] : [],
        };
    }

    private static IEnumerable<AIContent> Parts(AIContent content) =>
        content is TextContent text ? text.Text.Split(' ').Select((word, i) => new TextContent(i == 0 ? word : " " + word)) : [content];
}
