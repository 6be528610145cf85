using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>
/// A model at the boundary. Inside of the zone it is sent secrets; what it answers is protected in any case. Where a prompt or an answer was changed, its tokens would
/// spell the secret, so they are not recorded.
/// </summary>
internal sealed class ZoneClient(IChatClient inner, SecretVault vault, bool reveals) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var sent = Sent(messages, out var isChanged);
        // Clients below would record what they are sent.
        if (isChanged) ModelCallScope.Leave();
        try
        {
            var response = await base.GetResponseAsync(sent, options, cancellationToken).ConfigureAwait(false);
            foreach (var message in response.Messages) isChanged |= Protect(message);
            if (isChanged) Forget(response);
            return response;
        }
        catch (Exception e) when (!ReferenceEquals(SecretContents.Safe(vault, e), e))
        {
            throw SecretContents.Safe(vault, e);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sent = Sent(messages, out var isChanged);
        if (isChanged) ModelCallScope.Leave();
        var stream = base.GetStreamingResponseAsync(sent, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (stream.ConfigureAwait(false))
        {
            var text = new HeldText(vault);
            ChatResponseUpdate? last = null;
            while (await NextAsync(stream, isChanged).ConfigureAwait(false))
            {
                var update = last = stream.Current.Clone();
                var ready = new List<AIContent>();
                foreach (var content in update.Contents)
                {
                    if (content is TextContent words)
                    {
                        ready.AddRange(Words(text.Add(words.Text)));
                        continue;
                    }

                    ready.AddRange(Words(text.End()));
                    ready.AddRange(SecretContents.Changed([content], Safe));
                }

                isChanged |= text.IsChanged || !update.Contents.Where(c => c is not TextContent).SequenceEqual(ready.Where(c => c is not TextContent));
                update.Contents = ready;
                update.RawRepresentation = null;
                if (isChanged) update.AdditionalProperties = Kept(update.AdditionalProperties);
                yield return update;
            }

            if (text.End() is { Length: > 0 } rest)
            {
                var end = last?.Clone() ?? new ChatResponseUpdate { Role = ChatRole.Assistant };
                end.Contents = [new TextContent(rest)];
                // Whoever puts the updates together takes the tokens from the last that has them.
                end.AdditionalProperties = isChanged || text.IsChanged ? new() { [TokenTrace.PropertyName] = null } : null;
                yield return end;
            }
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> stream, bool isChanged)
    {
        try
        {
            if (isChanged) ModelCallScope.Leave();
            return await stream.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (!ReferenceEquals(SecretContents.Safe(vault, e), e))
        {
            throw SecretContents.Safe(vault, e);
        }
    }

    private IReadOnlyList<ChatMessage> Sent(IEnumerable<ChatMessage> messages, out bool isChanged)
    {
        ChatMessage[] given = [.. messages];
        // Middleware inside of the boundary may have added what nobody looked at.
        var sent = reveals ? SecretContents.Reveal(vault, given) : SecretContents.Protect(vault, given);
        isChanged = !ReferenceEquals(sent, given);
        return sent;
    }

    private bool Protect(ChatMessage message)
    {
        var safe = SecretContents.Changed(message.Contents, Safe);
        var author = message.AuthorName is { } name ? Safe(name) : null;
        if (ReferenceEquals(safe, message.Contents) && author == message.AuthorName) return false;
        (message.Contents, message.AuthorName, message.RawRepresentation) = (safe, author, null);
        return true;
    }

    private string Safe(string text) => vault.WithoutUnknown(vault.Protect(text));

    private static void Forget(ChatResponse response)
    {
        response.RawRepresentation = null;
        if (TokenTrace.Of(response) is { } tokens) response.Usage ??= new() { InputTokenCount = tokens.PromptIds.Length, OutputTokenCount = tokens.CompletionIds.Length };
        response.AdditionalProperties = Kept(response.AdditionalProperties);
    }

    // Providers put parts of what was said there.
    private static AdditionalPropertiesDictionary? Kept(AdditionalPropertiesDictionary? properties) =>
        properties is null ? null : new(properties.Where(p => p.Value is bool or int or long or double));

    private static IEnumerable<AIContent> Words(string text) => text.Length == 0 ? [] : [new TextContent(text)];
}

/// <summary>Asks nobody.</summary>
internal sealed class RefusingClient(IChatClient inner, Exception refusal) : DelegatingChatClient(inner)
{
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => Task.FromException<ChatResponse>(refusal);

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw refusal;
}

/// <summary>Text that is protected while it comes: what may be a part of a secret waits for the rest.</summary>
internal sealed class HeldText(SecretVault vault)
{
    // Longer than a card's or a telephone's number with its spaces.
    private const int Tail = 48;
    private string _held = "";

    // Up to here there is no place to cut; a text without white space would be looked through again for each of its parts.
    private int _solid;

    /// <summary>Whether anything was replaced.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>What may be told after more came.</summary>
    public string Add(string text)
    {
        _held += text;
        for (var at = _held.Length - Tail; at > _solid; at--)
        {
            if (!char.IsWhiteSpace(_held[at])) continue;
            var (before, after) = (_held[..at], _held[at..]);
            if (vault.Probe(before) + vault.Probe(after) != vault.Probe(_held)) return "";
            (_held, _solid) = (after, 0);
            return Told(before);
        }

        _solid = Math.Max(_solid, _held.Length - Tail);
        return "";
    }

    /// <summary>The rest.</summary>
    public string End()
    {
        var rest = _held;
        (_held, _solid) = ("", 0);
        return Told(rest);
    }

    private string Told(string text)
    {
        var safe = Safe(text);
        IsChanged |= safe != text;
        return safe;
    }

    private string Safe(string text) => vault.WithoutUnknown(vault.Protect(text));
}
