using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Mcp;

/// <summary>The context of one run with the rights of one role. What the role may not read is not there for it.</summary>
public sealed class ContextView
{
    private readonly SharedContext _context;
    private readonly ContextRights _rights;
    private readonly IContextStore _store;

    internal ContextView(SharedContext context, string role, string run)
    {
        (_context, Role, Run) = (context, role, run);
        (_rights, _store) = (context.RightsOf(role), context.Options.Store);
    }

    /// <summary>The run.</summary>
    public string Run { get; }

    /// <summary>The role.</summary>
    public string Role { get; }

    /// <summary>The version of the run's context.</summary>
    public ValueTask<long> GetVersionAsync(CancellationToken cancellationToken = default) => _store.GetVersionAsync(Run, cancellationToken);

    /// <summary>The entry of a key, or null where it has no value.</summary>
    /// <exception cref="ContextDeniedException">The role may not read it.</exception>
    public ValueTask<ContextEntry?> GetAsync(string key, CancellationToken cancellationToken = default) => _store.GetAsync(Run, Readable(key), null, cancellationToken);

    /// <summary>The value of a key.</summary>
    /// <returns>The value; the default of its type where there is none.</returns>
    /// <exception cref="ContextDeniedException">The role may not read it.</exception>
    public async ValueTask<T?> GetAsync<T>(string key, CancellationToken cancellationToken = default) =>
        await GetAsync(key, cancellationToken).ConfigureAwait(false) is { Value: { } value } ? value.Deserialize<T>(TrajectoryJson.Options) : default;

    /// <summary>The entries whose keys begin so and that the role may read.</summary>
    public async ValueTask<IReadOnlyList<ContextEntry>> ListAsync(string prefix = "", CancellationToken cancellationToken = default) =>
        [.. (await _store.ListAsync(Run, prefix, null, cancellationToken).ConfigureAwait(false)).Where(e => _rights.MayRead(e.Key))];

    /// <summary>All changes of a key, the oldest first.</summary>
    /// <exception cref="ContextDeniedException">The role may not read it.</exception>
    public ValueTask<IReadOnlyList<ContextEntry>> GetHistoryAsync(string key, CancellationToken cancellationToken = default) => _store.GetHistoryAsync(Run, Readable(key), cancellationToken);

    /// <summary>Sets a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, which is kept as JSON.</param>
    /// <param name="expected">The version that the key must have, 0 for one without a value; null, the default, for whatever it has.</param>
    /// <param name="cancellationToken">Cancels it before anything was written.</param>
    /// <exception cref="ContextDeniedException">The role may not write it.</exception>
    /// <exception cref="ContextConflictException">The key has another version.</exception>
    /// <exception cref="ContextLimitException">It would go beyond a limit.</exception>
    public ValueTask<ContextEntry> SetAsync<T>(string key, T value, long? expected = null, CancellationToken cancellationToken = default)
        where T : notnull => WriteAsync(new() { Key = key, Value = TrajectoryJson.ToElement(value), Expected = expected, Writer = Role }, cancellationToken);

    /// <summary>Deletes a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">The version that the key must have; null, the default, for whatever it has.</param>
    /// <param name="cancellationToken">Cancels it before anything was deleted.</param>
    /// <exception cref="ContextDeniedException">The role may not write it.</exception>
    /// <exception cref="ContextConflictException">The key has another version.</exception>
    public ValueTask<ContextEntry> DeleteAsync(string key, long? expected = null, CancellationToken cancellationToken = default) =>
        WriteAsync(new() { Key = key, Expected = expected, Writer = Role }, cancellationToken);

    /// <summary>Every change behind a version of what the role may read, each once and in order; waits for further ones until it is cancelled.</summary>
    /// <param name="after">The last version that is known already; 0 for all changes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<ContextEntry> WatchAsync(long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var change in _store.WatchAsync(Run, after, cancellationToken).ConfigureAwait(false))
        {
            if (_rights.MayRead(change.Key)) yield return change;
        }
    }

    internal ValueTask<ContextEntry> WriteAsync(ContextChange change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change.Key);
        if (!_rights.MayWrite(change.Key)) throw _context.Deny(Role, change.Key, isWrite: true, _rights.Writes);
        return _store.WriteAsync(Run, change, cancellationToken);
    }

    private string Readable(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _rights.MayRead(key) ? key : throw _context.Deny(Role, key, isWrite: false, _rights.Reads);
    }
}
