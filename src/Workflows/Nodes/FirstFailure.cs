namespace AgentTeams.Workflows;

/// <summary>
/// Why things that ran side by side failed: the first to fail is the cause, what it took down with it is not, unless that stops the whole run. Safe for
/// concurrent use.
/// </summary>
internal sealed class FirstFailure
{
    private Exception? _error;

    public Exception? Error => Volatile.Read(ref _error);

    public void Add(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        if (RunStops.Is(error)) Interlocked.Exchange(ref _error, error);
    }
}
