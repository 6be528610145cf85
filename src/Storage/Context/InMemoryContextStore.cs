using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>A shared context in memory. It ends with the process.</summary>
/// <example><code>var context = new SharedContext(new() { Store = new InMemoryContextStore() });</code></example>
public sealed class InMemoryContextStore : IContextStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Run> _runs = new(StringComparer.Ordinal);
    private readonly ContextLimits _limits;
    private readonly TimeProvider _clock;

    /// <summary>Makes an empty one.</summary>
    /// <param name="limits">How much a run may keep; null, the default, for the default limits.</param>
    /// <param name="timeProvider">The clock of entries; null, the default, for the system's.</param>
    /// <exception cref="AgentTeamsException">The limits are not valid.</exception>
    public InMemoryContextStore(ContextLimits? limits = null, TimeProvider? timeProvider = null)
    {
        (_limits, _clock) = (limits ?? new(), timeProvider ?? TimeProvider.System);
        OptionChecks.Validate(_limits);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetVersionAsync(string run, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        lock (_gate) return new(_runs.TryGetValue(run, out var held) ? held.Version : 0);
    }

    /// <inheritdoc/>
    public ValueTask<ContextEntry> WriteAsync(string run, ContextChange change, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ArgumentNullException.ThrowIfNull(change);
        ContextChecks.Key(change.Key, _limits);
        var value = ContextChecks.Value(change, _limits);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var held = Of(run);
            if (change.Token is { } token && held.Tokens.TryGetValue(token, out var made)) return new(made);
            var before = held.Newest.GetValueOrDefault(change.Key);
            var total = held.Bytes + ContextChecks.Size(change.Key, value);
            ContextChecks.Fits(change, before?.Version ?? 0, held.Newest.Count, total, _limits);
            var entry = new ContextEntry { Key = change.Key, Version = held.Version + 1, Value = value is null ? null : JsonElement.Parse(value), Writer = change.Writer, At = _clock.GetUtcNow() };
            held.Add(entry, total);
            if (change.Token is { } once) held.Tokens[once] = entry;
            held.Tell();
            return new(entry);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ContextEntry?> GetAsync(string run, string key, long? asOf = null, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Key(key, _limits);
        lock (_gate)
        {
            if (!_runs.TryGetValue(run, out var held)) return new((ContextEntry?)null);
            return new(asOf is null ? held.Newest.GetValueOrDefault(key) : held.Log.LastOrDefault(e => e.Key == key && e.Version <= asOf) is { Value: not null } then ? then : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ContextEntry>> ListAsync(string run, string prefix = "", long? asOf = null, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ArgumentNullException.ThrowIfNull(prefix);
        lock (_gate)
        {
            if (!_runs.TryGetValue(run, out var held)) return new((IReadOnlyList<ContextEntry>)[]);
            var newest = asOf is null ? held.Newest.Values : held.Log.Where(e => e.Version <= asOf).GroupBy(e => e.Key, StringComparer.Ordinal).Select(g => g.Last()).Where(e => e.Value is not null);
            return new([.. newest.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(e => e.Key, StringComparer.Ordinal)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ContextEntry>> GetHistoryAsync(string run, string key, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Key(key, _limits);
        lock (_gate) return new(_runs.TryGetValue(run, out var held) ? [.. held.Log.Where(e => e.Key == key)] : []);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContextEntry> WatchAsync(string run, long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        while (true)
        {
            List<ContextEntry> changes;
            Task told;
            lock (_gate)
            {
                var held = Of(run);
                changes = held.After(after);
                told = held.Told;
            }

            foreach (var change in changes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                after = change.Version;
                yield return change;
            }

            if (changes.Count == 0) await told.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask ForkAsync(string run, string parent, long asOf, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        ContextChecks.Run(parent);
        lock (_gate)
        {
            var held = Of(run);
            if (held.Version > 0 || !_runs.TryGetValue(parent, out var past)) return default;
            foreach (var entry in past.Log.TakeWhile(e => e.Version <= asOf)) held.Add(entry, held.Bytes + ContextChecks.Size(entry.Key, entry.Value?.GetRawText()));
            held.Tell();
            return default;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string run, CancellationToken cancellationToken = default)
    {
        ContextChecks.Run(run);
        lock (_gate) return new(_runs.TryGetValue(run, out var held) && held.Clear());
    }

    private Run Of(string run)
    {
        if (!_runs.TryGetValue(run, out var held)) _runs[run] = held = new();
        return held;
    }

    private sealed class Run
    {
        private TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<ContextEntry> Log { get; } = [];

        public Dictionary<string, ContextEntry> Newest { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, ContextEntry> Tokens { get; } = new(StringComparer.Ordinal);

        public long Version { get; private set; }

        public long Bytes { get; private set; }

        public Task Told => _told.Task;

        public void Add(ContextEntry entry, long total)
        {
            Log.Add(entry);
            if (entry.Value is null) Newest.Remove(entry.Key);
            else Newest[entry.Key] = entry;
            (Version, Bytes) = (entry.Version, total);
        }

        public List<ContextEntry> After(long version)
        {
            // Versions grow, and mostly the newest are asked for.
            var at = Log.Count;
            while (at > 0 && Log[at - 1].Version > version) at--;
            return Log[at..];
        }

        public void Tell()
        {
            _told.SetResult();
            _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public bool Clear()
        {
            if (Log.Count == 0) return false;
            Log.Clear();
            Newest.Clear();
            Tokens.Clear();
            Bytes = 0;
            return true;
        }
    }
}
