using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Hosting;

/// <summary>
/// A run that goes on in this process, with all that it told so far: any number of readers may join it, each from where it left. A run that goes on
/// from its journal in another process numbers what it tells anew, so its ids begin otherwise and a reader of the earlier ones is told everything.
/// </summary>
internal sealed class LiveRun
{
    private readonly Lock _gate = new();
    private readonly List<RunMessage> _told = [];
    private readonly string _epoch = RunIds.New()[..8];
    private readonly bool _goesOnAlone;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _completed = New();
    private TaskCompletionSource _more = New();
    private bool _isOver;
    private bool _hasEnded;
    private int _readers;

    public LiveRun(string id, bool goesOnAlone, ILogger log, CancellationToken stopping) =>
        (Id, _goesOnAlone, _log, _stop) = (id, goesOnAlone, log, CancellationTokenSource.CreateLinkedTokenSource(stopping));

    public string Id { get; }

    /// <summary>Whether it has told its end, or is being cancelled.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate) return _isOver;
        }
    }

    /// <summary>Completes when nothing of it goes on.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Reads the run's events to their end. Never throws.</summary>
    public async Task RunAsync(RunMessages telling, Func<CancellationToken, IAsyncEnumerable<WorkflowEvent>> events)
    {
        // The request's own flow must not wait for the beginning of the run.
        await Task.Yield();
        try
        {
            await foreach (var e in events(_stop.Token).ConfigureAwait(false))
            {
                if (e is WorkflowFailed failed) EndpointLog.Failed(_log, Id, failed.Exception);
                if (telling.Of(e) is { } message) Tell(message);
            }
        }
        catch (Exception e)
        {
            EndpointLog.Failed(_log, Id, e);
            Tell(telling.Failed(e));
        }
    }

    /// <summary>Nothing more is told.</summary>
    public void End()
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            _hasEnded = _isOver = true;
            more = _more;
        }

        more.TrySetResult();
        _completed.TrySetResult();
        _stop.Dispose();
    }

    /// <summary>What it tells, to the end.</summary>
    /// <param name="after">The id of the last message that the reader has; null or empty for all.</param>
    /// <param name="cancellationToken">The reader leaves.</param>
    public async IAsyncEnumerable<RunMessage> ReadAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (_gate) _readers++;
        try
        {
            for (var next = IndexAfter(after); ; next++)
            {
                if (await AtAsync(next, cancellationToken).ConfigureAwait(false) is not { } message) yield break;
                yield return message;
            }
        }
        finally
        {
            Leave();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int IndexAfter(string? id) =>
        id is not null && id.StartsWith(_epoch + ".", StringComparison.Ordinal) && int.TryParse(id.AsSpan(_epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index + 1 : 0;

    private async ValueTask<RunMessage?> AtAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (index < _told.Count) return _told[index];
                if (_hasEnded) return null;
                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Tell(RunMessage message)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            _isOver |= message.End is not null;
            _told.Add(message with { Id = string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{_told.Count}") });
            (more, _more) = (_more, New());
        }

        more.TrySetResult();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_readers > 0 || _isOver) return;
            if (_goesOnAlone)
            {
                EndpointLog.GoesOn(_log, Id);
                return;
            }

            _isOver = true;
            EndpointLog.Left(_log, Id);
        }

        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at this moment.
        }
    }
}

/// <summary>Something that a run tells its readers.</summary>
/// <param name="Type">The kind of event.</param>
/// <param name="Json">The event.</param>
/// <param name="End">The answer to who waits for the end only; null before.</param>
internal sealed record RunMessage(string Type, string Json, Microsoft.AspNetCore.Http.IResult? End = null)
{
    /// <summary>Unique among what the run tells in this process.</summary>
    public string Id { get; init; } = "";
}
