namespace AgentTeams.Mcp;

/// <summary>The journals of runs that may wait for people. Of those in memory, the oldest that wait give way. Safe for concurrent use.</summary>
internal sealed class WaitingRuns(ICheckpointStore? given, int most)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<string> _waiting = [];

    public ICheckpointStore Store { get; } = given ?? new InMemoryCheckpointStore();

    /// <summary>Whether a run may go on: in a store of the application's that is for the store to say.</summary>
    public bool Has(string runId)
    {
        if (given is not null) return Guid.TryParseExact(runId, "n", out _);
        lock (_gate) return _waiting.Contains(runId);
    }

    public async ValueTask AddAsync(string runId)
    {
        if (given is not null) return;
        List<string> gone = [];
        lock (_gate)
        {
            if (!_waiting.Contains(runId)) _waiting.AddLast(runId);
            while (_waiting.Count > most)
            {
                gone.Add(_waiting.First!.Value);
                _waiting.RemoveFirst();
            }
        }

        foreach (var run in gone) await DeleteAsync(run).ConfigureAwait(false);
    }

    public async ValueTask ForgetAsync(string runId)
    {
        if (given is not null) return;
        lock (_gate) _waiting.Remove(runId);
        await DeleteAsync(runId).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(string runId)
    {
        try
        {
            await Store.DeleteAsync(runId).ConfigureAwait(false);
        }
        catch (JournalInUseException)
        {
            // It goes on at this moment, and is forgotten at its end.
        }
    }
}
