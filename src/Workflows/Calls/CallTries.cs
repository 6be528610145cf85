using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>The tries of one call: remembers a failed try until it is known whether another follows.</summary>
internal sealed class CallTries<T>(CallPipeline pipeline, NodeVisit visit, Func<CancellationToken, Task<T>> call, CancellationToken caller)
{
    private List<FailedTry>? _failed;
    private Exception? _failure;

    /// <summary>The failed tries that another followed.</summary>
    public ImmutableArray<FailedTry> Failed => _failed is null ? [] : [.. _failed];

    public DateTimeOffset Start { get; private set; }

    public TimeSpan Duration { get; private set; }

    /// <summary>What is told of the last try, if the pipeline stopped it while the caller went on waiting.</summary>
    public TimeoutException? Late { get; private set; }

    public async ValueTask<T> TryAsync(CancellationToken cancellationToken)
    {
        if (_failure is not null)
        {
            var error = Late ?? _failure;
            (_failed ??= []).Add(new(NodeVisit.Describe(error), Start, Duration));
            visit.Retry(error);
        }

        Late = null;
        var clock = visit.Run.TimeProvider;
        Start = clock.GetUtcNow();
        var began = clock.GetTimestamp();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Waiting apart from the call lets a run end although its model or tool ignores cancellation.
            return await call(cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failure = e;
            if (!cancellationToken.IsCancellationRequested || caller.IsCancellationRequested) throw;
            Late = pipeline.TimedOut(e);

            // Some clients answer cancellation with an error of their own, in which nobody would see a time-out.
            if (e is OperationCanceledException) throw;
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        finally
        {
            Duration = clock.GetElapsedTime(began);
        }
    }
}

/// <summary>What a call came to.</summary>
internal readonly record struct CallOutcome<T>(T? Value, Exception? Error, ImmutableArray<FailedTry> Tries, DateTimeOffset Start, TimeSpan Duration)
{
    /// <summary>The template with tries and times, and the error if there is one.</summary>
    public TrajectoryNode Describe(TrajectoryNode template) =>
        template with { Tries = Tries, Start = Start, Duration = Duration, Error = Error is null ? null : NodeVisit.Describe(Error) };
}
