namespace AgentTeams;

/// <summary>The tries of one call: remembers a failed try until it is known whether another follows.</summary>
internal sealed class CallTries<T>(NodeVisit visit, TrajectoryNode template, Func<CancellationToken, Task<T>> call)
{
    private Exception? _failure;

    public DateTimeOffset Start { get; private set; }

    public TimeSpan Duration { get; private set; }

    public async ValueTask<T> TryAsync(CancellationToken cancellationToken)
    {
        if (_failure is not null) visit.Retry(template with { Start = Start, Duration = Duration }, _failure);
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
            throw;
        }
        finally
        {
            Duration = clock.GetElapsedTime(began);
        }
    }
}

/// <summary>What a call came to.</summary>
internal readonly record struct CallOutcome<T>(T? Value, Exception? Error, DateTimeOffset Start, TimeSpan Duration)
{
    /// <summary>The template with times, and the error if there is one.</summary>
    public TrajectoryNode Describe(TrajectoryNode template) =>
        template with { Start = Start, Duration = Duration, Error = Error is null ? null : NodeVisit.Describe(Error) };
}
