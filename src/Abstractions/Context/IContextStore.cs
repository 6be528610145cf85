namespace AgentTeams.Storage;

/// <summary>
/// What the roles of a run, and the servers and teams beside them, write for each other: values by key, of which each change makes a new version. The versions of
/// a run are 1, 2, 3 and so on over all its keys and are never used again. Safe for concurrent use: of several writes that expect the same version one succeeds.
/// </summary>
public interface IContextStore
{
    /// <summary>The version of a run: that of its last change, or 0.</summary>
    ValueTask<long> GetVersionAsync(string run, CancellationToken cancellationToken = default);

    /// <summary>Sets or deletes a value. When it returns, the change is kept.</summary>
    /// <param name="run">The run.</param>
    /// <param name="change">What to change, and what is expected.</param>
    /// <param name="cancellationToken">Cancels it before anything was written.</param>
    /// <returns>The change as it is kept; of a token that was used before, the change of then.</returns>
    /// <exception cref="ContextConflictException">The key has another version than is expected.</exception>
    /// <exception cref="ContextLimitException">It would go beyond a limit of the store.</exception>
    /// <exception cref="AgentTeamsException">Run or key cannot be used.</exception>
    ValueTask<ContextEntry> WriteAsync(string run, ContextChange change, CancellationToken cancellationToken = default);

    /// <summary>The entry of a key, or null where it has no value.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">The key.</param>
    /// <param name="asOf">The version that is read; null, the default, for the newest.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    ValueTask<ContextEntry?> GetAsync(string run, string key, long? asOf = null, CancellationToken cancellationToken = default);

    /// <summary>The entries of the keys that begin so and have a value, by key.</summary>
    /// <param name="run">The run.</param>
    /// <param name="prefix">What keys begin with; empty for all.</param>
    /// <param name="asOf">The version that is read; null, the default, for the newest.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    ValueTask<IReadOnlyList<ContextEntry>> ListAsync(string run, string prefix = "", long? asOf = null, CancellationToken cancellationToken = default);

    /// <summary>All changes of a key, deletions too, the oldest first.</summary>
    ValueTask<IReadOnlyList<ContextEntry>> GetHistoryAsync(string run, string key, CancellationToken cancellationToken = default);

    /// <summary>Every change behind a version, each once and in order, those of other processes too; waits for further ones until it is cancelled.</summary>
    /// <param name="run">The run.</param>
    /// <param name="after">The last version that is known already; 0 for all changes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<ContextEntry> WatchAsync(string run, long after, CancellationToken cancellationToken = default);

    /// <summary>Gives a run without changes a copy of what another had at a version, history included. A run that has changes stays as it is.</summary>
    /// <param name="run">The run that is given it.</param>
    /// <param name="parent">The other run.</param>
    /// <param name="asOf">The last version that is copied.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    ValueTask ForkAsync(string run, string parent, long asOf, CancellationToken cancellationToken = default);

    /// <summary>Deletes all that a run has, history included; its versions go on from where they were.</summary>
    /// <returns>Whether there was anything.</returns>
    ValueTask<bool> DeleteRunAsync(string run, CancellationToken cancellationToken = default);
}
