using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A part of one of several replies; null where that reply has ended.</summary>
internal readonly record struct ChoiceUpdate(int Index, ChatResponseUpdate? Update);

/// <summary>Asks for several replies at once. If one fails, so do all, and the others are cancelled.</summary>
internal static class ChoiceStreams
{
    public static async Task<IReadOnlyList<T>> AllAsync<TOptions, T>(
        IReadOnlyList<TOptions> options, Func<TOptions, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (options is [var only]) return [await ask(only, cancellationToken).ConfigureAwait(false)];
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? first = null;
        try
        {
            return await Task.WhenAll(options.Select(AskAsync)).ConfigureAwait(false);
        }
        catch when (first is not null)
        {
            // Of the others it is only known that they were cancelled.
            ExceptionDispatchInfo.Throw(first);
            throw;
        }

        async Task<T> AskAsync(TOptions one)
        {
            try
            {
                return await ask(one, all.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
                await all.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>The parts of all replies as they come.</summary>
    public static async IAsyncEnumerable<ChoiceUpdate> Merge(
        IReadOnlyList<IAsyncEnumerable<ChatResponseUpdate>> streams, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (streams is [var only])
        {
            await foreach (var update in only.WithCancellation(cancellationToken).ConfigureAwait(false)) yield return new(0, update);
            yield return new(0, null);
            yield break;
        }

        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // What waits here is at most what the replies' token limits allow.
        var updates = Channel.CreateUnbounded<ChoiceUpdate>();
        var each = AllAsync([.. streams.Index()], (s, token) => ReadAsync(s.Index, s.Item, updates.Writer, token), all.Token);
        var reading = CompleteAsync(each, updates.Writer);
        try
        {
            await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return update;
        }
        finally
        {
            await all.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private static async Task<bool> ReadAsync(int index,
        IAsyncEnumerable<ChatResponseUpdate> stream, ChannelWriter<ChoiceUpdate> updates, CancellationToken cancellationToken)
    {
        await foreach (var update in stream.WithCancellation(cancellationToken).ConfigureAwait(false)) updates.TryWrite(new(index, update));
        updates.TryWrite(new(index, null));
        return true;
    }

    private static async Task CompleteAsync(Task reading, ChannelWriter<ChoiceUpdate> updates)
    {
        try
        {
            await reading.ConfigureAwait(false);
            updates.TryComplete();
        }
        catch (Exception e)
        {
            // The reader learns of it when it has read what came before.
            updates.TryComplete(e);
        }
    }
}
