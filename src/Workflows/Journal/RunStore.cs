using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Runs in a store.</summary>
internal static class RunStore
{
    /// <summary>Opens a run for going on with it, or begins it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="runId">The run's id there.</param>
    /// <param name="from">What it begins with.</param>
    /// <param name="asked">The key that the caller asked for; null where what it begins with is the stored run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<(RunState<TState> From, JournalWriter Writer)> OpenAsync<TState>(
        ICheckpointStore store, string runId, RunState<TState> from, SeedKey? asked, CancellationToken cancellationToken)
        where TState : notnull
    {
        var journal = await store.OpenAsync(runId, cancellationToken).ConfigureAwait(false);
        try
        {
            var writer = new JournalWriter(journal);
            if (journal.Records.Count > 0)
            {
                var stored = RunState.FromRecords<TState>(journal.Records);
                if (asked is not null && !IsBeginningOf(from, journal.Records)) EnsureContinues(runId, stored, from, asked);
                return (stored, writer);
            }

            await writer.WriteAsync(from.Header()).ConfigureAwait(false);
            foreach (var item in from.Items) await writer.AppendAsync(item).ConfigureAwait(false);
            return (from, writer);
        }
        catch
        {
            await journal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static async Task<RunState<TState>> ReadAsync<TState>(ICheckpointStore store, string runId, string workflow, CancellationToken cancellationToken)
        where TState : notnull
    {
        var records = new List<ReadOnlyMemory<byte>>();
        await foreach (var record in store.ReadAsync(runId, cancellationToken).ConfigureAwait(false)) records.Add(record);
        if (records.Count == 0) throw new AgentTeamsException($"The store holds no run '{runId}'. Start it first, or name one that ListAsync tells.");
        var state = RunState.FromRecords<TState>(records);
        EnsureOf(workflow, state.WorkflowName, $"run '{runId}'");
        return state;
    }

    public static void EnsureOf(string workflow, string other, string what)
    {
        if (workflow != other) throw new AgentTeamsException($"The {what} is one of the workflow '{other}', not of '{workflow}'. Go on with its own workflow.");
    }

    // A fork that was started there before: what it was given is what the journal begins with.
    private static bool IsBeginningOf<TState>(RunState<TState> given, IReadOnlyList<ReadOnlyMemory<byte>> stored)
        where TState : notnull
    {
        if (given.ParentId is null) return false;
        var own = given.ToRecords();
        return own.Count <= stored.Count && own.Zip(stored).All(r => r.First.Span.SequenceEqual(r.Second.Span));
    }

    private static void EnsureContinues<TState>(string runId, RunState<TState> stored, RunState<TState> given, SeedKey asked)
        where TState : notnull
    {
        EnsureOf(given.WorkflowName, stored.WorkflowName, $"stored run '{runId}'");
        if (given.Items.Count > 0 || given.ParentId is not null) throw new AgentTeamsException($"The store holds a run '{runId}' already, so none can begin there from another's state. Give it an id of its own.");
        if (asked != new SeedKey(0) && asked != stored.Seed) throw new AgentTeamsException($"The stored run '{runId}' has the key {stored.Seed}, not {asked}. Resume it without a key, or give the new run an id of its own.");
        if (!JsonElement.DeepEquals(JournalJson.Write(given.Initial, "the initial state"), JournalJson.Write(stored.Initial, "the initial state")))
            throw new AgentTeamsException($"The stored run '{runId}' began with another state. Resume it with ResumeAsync, which takes none, or give the new run an id of its own.");
    }
}
