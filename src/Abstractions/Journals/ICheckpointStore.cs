namespace AgentTeams.Storage;

/// <summary>
/// Where the journals of workflow runs lie. A journal is an append-only list of records, each one JSON object in UTF-8 without line breaks, which was
/// written whole or not at all; what it says is the workflow engine's affair. <c>CheckpointStoreConformance</c> of AgentTeams.Storage tells whether an
/// implementation keeps these promises.
/// </summary>
public interface ICheckpointStore
{
    /// <summary>Opens the journal of a run for writing, or begins one.</summary>
    /// <param name="runId">The run's id, 1 to 100 characters: letters, digits, '-', '_', '.' and ':'.</param>
    /// <param name="cancellationToken">Ends the reading of what is there.</param>
    /// <exception cref="JournalInUseException">Another writer has it open.</exception>
    /// <exception cref="JournalDamagedException">A record before the last is not what was written.</exception>
    /// <exception cref="AgentTeamsException">The id is not valid, or the store cannot be reached.</exception>
    Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Reads the records of a run in the order they were appended, also while a writer has it open; none for a run that is not stored.</summary>
    /// <exception cref="JournalDamagedException">A record before the last is not what was written.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>The ids of the runs that are stored, in ordinal order.</summary>
    IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Deletes the journal of a run.</summary>
    /// <returns>False when it was not stored.</returns>
    /// <exception cref="JournalInUseException">A writer has it open.</exception>
    Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default);
}

/// <summary>The journal of one run, open for its one writer. Safe for concurrent use; disposing it lets another writer in.</summary>
public interface IRunJournal : IAsyncDisposable
{
    /// <summary>The records that were there when it was opened, in order.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Records { get; }

    /// <summary>Appends a record. When the task has completed, the record survives the end of the process.</summary>
    /// <param name="record">One JSON object with at least one member.</param>
    /// <param name="cancellationToken">Ends the wait for others' appends; a record that began to be written is written whole.</param>
    /// <exception cref="JournalInUseException">Another writer has appended meanwhile.</exception>
    /// <exception cref="AgentTeamsException">The store cannot be written, or the record is no JSON object; nothing was appended.</exception>
    ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);
}
