namespace AgentTeams.Storage;

/// <summary>The journal of a run is open for another writer.</summary>
/// <param name="runId">The run's id.</param>
/// <param name="where">Where the journal lies.</param>
/// <param name="innerException">What the store said.</param>
public sealed class JournalInUseException(string runId, string where, Exception? innerException = null)
    : AgentTeamsException(
        $"The journal of the run '{runId}' ({where}) is open for another writer. Let that run end, or give this one an id of its own.", innerException)
{
    /// <summary>The run's id.</summary>
    public string RunId { get; } = runId;
}

/// <summary>A journal holds something other than what was written.</summary>
/// <param name="runId">The run's id.</param>
/// <param name="record">The index of the damaged record, zero-based.</param>
/// <param name="reason">What is wrong with it.</param>
public sealed class JournalDamagedException(string runId, long record, string reason)
    : AgentTeamsException(
        $"The journal of the run '{runId}' is damaged at record {record}: {reason} Nothing was changed. Restore it from a copy, or delete the run.")
{
    /// <summary>The run's id.</summary>
    public string RunId { get; } = runId;

    /// <summary>The index of the damaged record, zero-based.</summary>
    public long Record { get; } = record;
}
