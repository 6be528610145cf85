using System.Runtime.CompilerServices;

namespace AgentTeams.Storage;

/// <summary>Journals in memory, for tests and for runs that wait in one process. Safe for concurrent use.</summary>
public sealed class InMemoryCheckpointStore : ICheckpointStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<ReadOnlyMemory<byte>>> _runs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_open.Add(runId)) throw new JournalInUseException(runId, "in memory");
            if (!_runs.TryGetValue(runId, out var records)) _runs[runId] = records = [];
            return Task.FromResult<IRunJournal>(new Journal(this, runId, records));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        ReadOnlyMemory<byte>[] records;
        lock (_gate) records = _runs.TryGetValue(runId, out var stored) ? [.. stored] : [];
        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) return _runs.Where(r => r.Value.Count > 0).Select(r => r.Key).Order(StringComparer.Ordinal).ToList().ToAsyncEnumerable();
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default)
    {
        JournalIds.Check(runId);
        lock (_gate)
        {
            if (_open.Contains(runId)) throw new JournalInUseException(runId, "in memory");
            return Task.FromResult(_runs.Remove(runId, out var records) && records.Count > 0);
        }
    }

    private sealed class Journal(InMemoryCheckpointStore store, string runId, List<ReadOnlyMemory<byte>> records) : IRunJournal
    {
        private bool _isClosed;

        public IReadOnlyList<ReadOnlyMemory<byte>> Records { get; } = [.. records];

        public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            JournalIds.Check(record.Span);
            lock (store._gate)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                records.Add(record.ToArray());
            }

            return default;
        }

        public ValueTask DisposeAsync()
        {
            lock (store._gate)
            {
                if (!_isClosed) store._open.Remove(runId);
                _isClosed = true;
            }

            return default;
        }
    }
}
