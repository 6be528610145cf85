using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// Lets a local model read who said what: chat templates know roles, not names, so where more than one name spoke, each message
/// begins with its speaker's.
/// </summary>
internal sealed class SpeakerNames(IChatClient innerClient) : DelegatingChatClient(innerClient)
{
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        base.GetResponseAsync(Named([.. messages]), options, cancellationToken);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in base.GetStreamingResponseAsync(Named([.. messages]), options, cancellationToken).ConfigureAwait(false)) yield return update;
    }

    private static IReadOnlyList<ChatMessage> Named(IReadOnlyList<ChatMessage> messages) =>
        messages.Where(IsNamed).Select(m => m.AuthorName).Distinct(StringComparer.Ordinal).Take(2).Count() < 2 ? messages : [.. messages.Select(m => IsNamed(m) ? Named(m) : m)];

    private static bool IsNamed(ChatMessage message) => message.AuthorName is { Length: > 0 } && message.Text.Length > 0 && message.Role != ChatRole.Tool;

    private static ChatMessage Named(ChatMessage message)
    {
        var copy = message.Clone();
        copy.Contents = [new TextContent($"{message.AuthorName}: "), .. message.Contents];
        return copy;
    }
}
