namespace AgentTeams.Testing;

/// <summary>A store in memory that takes no further record from some append on, as if the process had died there.</summary>
internal sealed class CrashingStore : ICheckpointStore
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly Lock _lock = new();

    /// <summary>The first append that is not made, from 0 on; null for none.</summary>
    public int? CrashAt { get; set; }

    public int Appends { get; private set; }

    public bool HasCrashed { get; private set; }

    public async Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default) => new Journal(this, await _inner.OpenAsync(runId, cancellationToken).ConfigureAwait(false));

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, CancellationToken cancellationToken = default) => _inner.ReadAsync(runId, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _inner.ListAsync(cancellationToken);

    public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => _inner.DeleteAsync(runId, cancellationToken);

    private void Admit()
    {
        lock (_lock)
        {
            if (Appends >= CrashAt)
            {
                HasCrashed = true;
                throw new IOException("The process is taken to have ended here.");
            }

            Appends++;
        }
    }

    private sealed class Journal(CrashingStore store, IRunJournal inner) : IRunJournal
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Records => inner.Records;

        public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
        {
            store.Admit();
            return inner.AppendAsync(record, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
