namespace AgentTeams.Mcp;

/// <summary>Asks an idle server now and then whether it is still there.</summary>
internal sealed class McpWatch(McpConnection connection, TimeSpan interval, TimeProvider clock, CancellationToken closed) : IAsyncDisposable
{
    private long _last = clock.GetTimestamp();
    private Task _watching = Task.CompletedTask;

    public void Start() => _watching = WatchAsync();

    public void Touch() => Volatile.Write(ref _last, clock.GetTimestamp());

    public async ValueTask DisposeAsync() => await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task WatchAsync()
    {
        while (!closed.IsCancellationRequested)
        {
            var wait = interval - clock.GetElapsedTime(Volatile.Read(ref _last));
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, closed).ConfigureAwait(false);
                continue;
            }

            await connection.PingAsync(closed).ConfigureAwait(false);
            Touch();
        }
    }
}
