namespace AgentTeams.Samples.LocalChat;

/// <summary>Ctrl-C: the first cancels the reply, the next ends the program.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _reply = new();
    private bool _pressed;

    /// <summary>A reply begins; it is cancelled with the token.</summary>
    public CancellationToken BeginReply()
    {
        lock (_lock)
        {
            _reply.Dispose();
            (_reply, _pressed) = (new(), false);
            return _reply.Token;
        }
    }

    /// <summary>The keys were pressed.</summary>
    /// <returns>Whether the program goes on.</returns>
    public bool Press()
    {
        lock (_lock)
        {
            if (_pressed) return false;
            _pressed = true;
            _reply.Cancel();
            return true;
        }
    }

    public void Dispose() => _reply.Dispose();
}
