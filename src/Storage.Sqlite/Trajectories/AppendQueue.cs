namespace AgentTeams.Storage;

/// <summary>What waits to be written, and whether somebody is writing. Safe for concurrent use.</summary>
internal sealed class AppendQueue
{
    private readonly Lock _gate = new();
    private List<PendingBatch> _waiting = [];
    private bool _isWriting;

    /// <summary>Adds a batch.</summary>
    /// <returns>Whether nobody is writing, so that the caller has to.</returns>
    public bool Add(PendingBatch batch)
    {
        lock (_gate)
        {
            _waiting.Add(batch);
            var leads = !_isWriting;
            _isWriting = true;
            return leads;
        }
    }

    /// <summary>Everything that waits; nothing ends the writing.</summary>
    public IReadOnlyList<PendingBatch> Take()
    {
        lock (_gate)
        {
            var taken = _waiting;
            _waiting = [];
            _isWriting = taken.Count > 0;
            return taken;
        }
    }
}

/// <summary>Trajectories that someone waits for.</summary>
internal sealed class PendingBatch(IReadOnlyList<(Trajectory Trajectory, byte[] Body)> rows)
{
    private readonly TaskCompletionSource<int> _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<(Trajectory Trajectory, byte[] Body)> Rows => rows;

    /// <summary>How many of them were added, once the file has them.</summary>
    public Task<int> Added => _added.Task;

    public void SetAdded(int count) => _added.TrySetResult(count);

    public void SetFailed(Exception error) => _added.TrySetException(error);
}
