using System.Collections.Concurrent;

namespace AgentTeams.Rl;

/// <summary>What a judge said of one criterion.</summary>
/// <param name="Grade">The grade, from 0 to the scale that was asked for.</param>
/// <param name="Reason">Why, in the judge's words.</param>
public sealed record JudgeVerdict(int Grade, string Reason);

/// <summary>
/// Keeps verdicts, so that no text is judged twice. Called concurrently. An adapter to a distributed cache is two lines, as a verdict serialises.
/// </summary>
public interface IJudgeCache
{
    /// <summary>The verdict of a key, or null.</summary>
    /// <param name="key">64 hexadecimal digits, a hash of all that the judge reads and how it is asked.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<JudgeVerdict?> FindAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Keeps a verdict.</summary>
    /// <param name="key">As in <see cref="FindAsync"/>.</param>
    /// <param name="verdict">What the judge said.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask AddAsync(string key, JudgeVerdict verdict, CancellationToken cancellationToken = default);
}

/// <summary>Keeps verdicts in memory, the newest ones.</summary>
/// <param name="capacity">How many; at least 1, 100,000 by default.</param>
public sealed class MemoryJudgeCache(int capacity = 100_000) : IJudgeCache
{
    private readonly ConcurrentDictionary<string, JudgeVerdict> _verdicts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();
    private readonly int _capacity = capacity >= 1 ? capacity : throw new AgentTeamsException($"A cache of {capacity} verdicts was asked for. Give at least 1.");

    /// <summary>How many verdicts it holds.</summary>
    public int Count => _verdicts.Count;

    /// <inheritdoc/>
    public ValueTask<JudgeVerdict?> FindAsync(string key, CancellationToken cancellationToken = default) => new(_verdicts.GetValueOrDefault(key));

    /// <inheritdoc/>
    public ValueTask AddAsync(string key, JudgeVerdict verdict, CancellationToken cancellationToken = default)
    {
        if (_verdicts.TryAdd(key, verdict)) _order.Enqueue(key);
        else _verdicts[key] = verdict;
        while (_order.Count > _capacity && _order.TryDequeue(out var oldest)) _verdicts.TryRemove(oldest, out _);
        return default;
    }
}
