namespace AgentTeams.Mcp;

/// <summary>A turn at what one may do at a time, until it is disposed.</summary>
internal readonly struct McpTurn(SemaphoreSlim gate) : IDisposable
{
    public static async ValueTask<McpTurn> TakeAsync(SemaphoreSlim gate, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new(gate);
    }

    public void Dispose() => gate.Release();
}
