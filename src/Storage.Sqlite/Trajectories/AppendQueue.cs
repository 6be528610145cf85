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
internal sealed class PendingBatch(IReadOnlyList<PendingRow> rows)
{
    private readonly TaskCompletionSource<int> _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<PendingRow> Rows => rows;

    /// <summary>How many of them were added, once the file has them.</summary>
    public Task<int> Added => _added.Task;

    public void SetAdded(int count) => _added.TrySetResult(count);

    public void SetFailed(Exception error) => _added.TrySetException(error);
}

/// <summary>A trajectory as it is written; all of it is made before anyone waits for the file.</summary>
/// <param name="Columns">What it is found by, as <see cref="TrajectoryRow.Of"/> orders it.</param>
/// <param name="Step">The training step.</param>
/// <param name="Roles">Who took part.</param>
/// <param name="Body">Its JSON, as <see cref="TrajectoryRow.ToLoose"/> makes it.</param>
/// <param name="Sum">The checksum of the body.</param>
internal sealed record PendingRow(object[] Columns, int Step, IReadOnlyList<string> Roles, byte[] Body, long Sum)
{
    public static PendingRow Of(Trajectory trajectory, Action<Type> replaced)
    {
        var body = TrajectoryRow.ToLoose(TrajectoryJson.Serialize(trajectory, replaced));
        string[] roles = [.. trajectory.Nodes.Select(n => n.Role).OfType<string>().Distinct(StringComparer.Ordinal)];
        return new(TrajectoryRow.Of(trajectory), trajectory.Key?.Step ?? 0, roles, body, RecordChecksum.Of(body));
    }
}
