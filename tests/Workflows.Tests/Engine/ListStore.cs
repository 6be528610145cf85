using System.Runtime.CompilerServices;

namespace AgentTeams.Tests;

/// <summary>A store in a list, which a test can cut short as a crash would.</summary>
internal sealed class ListStore : ICheckpointStore
{
    public Dictionary<string, List<byte[]>> Runs { get; } = [];

    /// <summary>Throws at this append, counted from 0 over all runs, as a process dies there; null for never.</summary>
    public int? DieAt { get; set; }

    public int Appends { get; private set; }

    public Task<IRunJournal> OpenAsync(string runId, CancellationToken cancellationToken = default)
    {
        if (!Runs.TryGetValue(runId, out var records)) Runs[runId] = records = [];
        return Task.FromResult<IRunJournal>(new Journal(this, records));
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var record in Runs.GetValueOrDefault(runId) ?? []) yield return record;
    }

    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => Runs.Keys.ToAsyncEnumerable();

    public Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken = default) => Task.FromResult(Runs.Remove(runId));

    private sealed class Journal(ListStore store, List<byte[]> records) : IRunJournal
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Records { get; } = [.. records.Select(r => new ReadOnlyMemory<byte>(r))];

        public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
        {
            lock (records)
            {
                if (store.Appends >= store.DieAt) throw new IOException("The process died.");
                store.Appends++;
                records.Add(record.ToArray());
            }

            return default;
        }

        public ValueTask DisposeAsync() => default;
    }
}
