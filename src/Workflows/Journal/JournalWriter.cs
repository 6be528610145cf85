using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Writes items to the journal of a store, each message of a conversation once.</summary>
internal sealed class JournalWriter(IRunJournal journal) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SharedInputs _shared = new();

    public async ValueTask AppendAsync(JournalItem item)
    {
        // In the order in which they are shortened, so that what an input begins with lies before it.
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await WriteAsync(JournalForm.ToEntry(item, _shared.Shorten)).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public ValueTask WriteAsync(JournalEntry entry) => journal.AppendAsync(JsonSerializer.SerializeToUtf8Bytes(entry, TrajectoryJson.Options));

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }
}
