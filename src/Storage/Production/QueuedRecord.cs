namespace AgentTeams.Storage;

/// <summary>What waits in a recorder: a trajectory, or something that is done once everything before it is written.</summary>
/// <param name="Make">Makes the trajectory, outside of the caller's time; null for anything else.</param>
/// <param name="Then">Prepares what is done else.</param>
internal readonly record struct QueuedRecord(Func<Trajectory>? Make, Func<Func<CancellationToken, Task>>? Then = null)
{
    /// <summary>Whether it is something to be stored, so that it counts when it is dropped.</summary>
    public bool IsRecord { get; init; } = true;
}
