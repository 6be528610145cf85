using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>What a call came to, in copies that nobody changes.</summary>
internal sealed record CallReply(ImmutableArray<ChatMessage> Messages)
{
    public TokenTrace? Tokens { get; init; }

    public TokenUsage? Usage { get; init; }

    public string? Model { get; init; }

    public NodeError? Error { get; init; }

    public bool IsCancelled { get; init; }

    public static CallReply Of(ChatResponse response)
    {
        var tokens = TokenTrace.Of(response);
        return new(Copy(response.Messages as IReadOnlyList<ChatMessage> ?? [.. response.Messages]))
        {
            Tokens = tokens,
            Model = response.ModelId,
            Usage = response.Usage is { } usage ? new(usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0)
                : tokens is null ? null : new(tokens.PromptIds.Length, tokens.CompletionIds.Length),
        };
    }

    /// <summary>
    /// The messages as they are now: applications add to messages of their history. What travels with them for this library stands elsewhere.
    /// </summary>
    public static ImmutableArray<ChatMessage> Copy(IReadOnlyList<ChatMessage> messages)
    {
        var copies = ImmutableArray.CreateBuilder<ChatMessage>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            copies.Add(new(message.Role, [.. message.Contents])
            {
                AuthorName = message.AuthorName, MessageId = message.MessageId, CreatedAt = message.CreatedAt,
                AdditionalProperties = Others(message.AdditionalProperties),
            });
        }

        return copies.DrainToImmutable();
    }

    private static AdditionalPropertiesDictionary? Others(AdditionalPropertiesDictionary? properties)
    {
        if (properties is null) return null;
        var others = new AdditionalPropertiesDictionary(properties);
        others.Remove(TokenTrace.PropertyName);
        others.Remove(RecordedChatClients.IdPropertyName);
        return others.Count == 0 ? null : others;
    }
}
