using System.Runtime.CompilerServices;

namespace AgentTeams.Workflows;

/// <summary>Streams of what an invocation says.</summary>
internal static class InvocationStreams
{
    /// <summary>Begins an invocation with the first item that is asked for, enters it before each and completes it with the last.</summary>
    /// <param name="recorder">The recorder, whose token cancels the stream too.</param>
    /// <param name="begin">Begins the invocation.</param>
    /// <param name="start">Starts the stream.</param>
    /// <param name="hear">Hears each item.</param>
    /// <param name="end">Is told of the end, also when the reader stops before it.</param>
    /// <param name="cancellationToken">Cancels the stream.</param>
    public static async IAsyncEnumerable<T> RecordAsync<T>(
        this AgentRecorder recorder, Func<AgentInvocation> begin, Func<AgentInvocation, CancellationToken, IAsyncEnumerable<T>> start, Action<AgentInvocation, T> hear,
        Action<AgentInvocation>? end = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, recorder.CancellationToken);
        var invocation = begin();
        Exception? error = null;
        IAsyncEnumerator<T>? items = null;
        try
        {
            while (true)
            {
                try
                {
                    // What flows with execution does not outlast a yield.
                    invocation.Enter();
                    items ??= start(invocation, stop.Token).GetAsyncEnumerator(stop.Token);
                    if (!await items.MoveNextAsync().ConfigureAwait(false)) break;
                }
                catch (Exception e)
                {
                    error = e;
                    throw;
                }

                hear(invocation, items.Current);
                yield return items.Current;
            }
        }
        finally
        {
            try
            {
                if (items is not null) await items.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                end?.Invoke(invocation);
                invocation.Complete(error);
            }
        }
    }

    /// <summary>The same items, of which each is told, and the end: null, why the stream failed, or that its reader stopped before the end.</summary>
    public static async IAsyncEnumerable<T> ObserveAsync<T>(
        this IAsyncEnumerable<T> items, Action<T> hear, Action<Exception?> end, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Exception? error = new OperationCanceledException("The reader of the stream stopped before its end.");
        var source = items.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    if (!await source.MoveNextAsync().ConfigureAwait(false)) break;
                }
                catch (Exception e)
                {
                    error = e;
                    throw;
                }

                hear(source.Current);
                yield return source.Current;
            }

            error = null;
        }
        finally
        {
            try
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                end(error);
            }
        }
    }

    /// <summary>As a stream of one item.</summary>
    public static async Task<T> RecordOneAsync<T>(
        this AgentRecorder recorder, Func<AgentInvocation> begin, Func<AgentInvocation, CancellationToken, Task<T>> answer, Action<AgentInvocation, T> hear, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, recorder.CancellationToken);
        var invocation = begin();
        Exception? error = null;
        try
        {
            invocation.Enter();
            var item = await answer(invocation, stop.Token).ConfigureAwait(false);
            hear(invocation, item);
            return item;
        }
        catch (Exception e)
        {
            error = e;
            throw;
        }
        finally
        {
            invocation.Complete(error);
        }
    }
}
