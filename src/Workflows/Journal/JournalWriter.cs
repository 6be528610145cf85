using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Writes items to the journal of a store, each message of a conversation once.</summary>
internal sealed class JournalWriter(IRunJournal journal) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SharedInputs _shared = new();

    /// <summary>The trace of the run that writes, which the next record holds; null where there is none, or one holds it.</summary>
    public string? Trace { get; set; }

    public async ValueTask AppendAsync(JournalItem item)
    {
        // In the order in which they are shortened, so that what an input begins with lies before it.
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await WriteAsync(JournalForm.ToEntry(item, _shared.Shorten) with { Trace = Trace }).ConfigureAwait(false);
            Trace = null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <exception cref="WorkflowStoreException">The store refused it.</exception>
    public async ValueTask WriteAsync(JournalEntry entry)
    {
        var record = JsonSerializer.SerializeToUtf8Bytes(entry, TrajectoryJson.Options);
        try
        {
            await journal.AppendAsync(record).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw new WorkflowStoreException(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }
}
