using System.Text;
using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// The prompts that a team used and uses, in a file to which lines are only ever added: what is in use is the last line, and going back adds a line, too. For a team in production, whose prompts are changed by an evolution or by people.
/// </summary>
/// <example>
/// <code>
/// var history = await PromptHistory.OpenAsync("prompts.jsonl");
/// await history.CommitAsync(step.Committed.Prompts, $"validation {step.Committed.Mean:0.00}");
/// await history.RollBackAsync("complaints");
/// </code>
/// </example>
public sealed class PromptHistory
{
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly List<PromptVersion> _versions = [];

    // Where the last whole line ends, if more follows.
    private long? _cutAt;

    private PromptHistory(string path, TimeProvider clock) => (_path, _clock) = (path, clock);

    /// <summary>All that was ever in use, oldest first.</summary>
    public IReadOnlyList<PromptVersion> Versions => _versions;

    /// <summary>What is in use; null before the first commit.</summary>
    public PromptVersion? Current => _versions.Count == 0 ? null : _versions[^1];

    /// <summary>Opens a history, or begins one.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="timeProvider">Dates new lines; the system's clock unless given.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">A line is damaged.</exception>
    public static async Task<PromptHistory> OpenAsync(string path, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var history = new PromptHistory(Path.GetFullPath(path), timeProvider ?? TimeProvider.System);
        if (!File.Exists(path)) return history;
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        // A line without its end was being written when the process died: nobody was told that it is kept.
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (whole < bytes.Length) history._cutAt = whole;
        var lines = Encoding.UTF8.GetString(bytes.AsSpan(0, whole)).Split('\n');
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1].TrimEnd('\r');
            if (line.Length == 0) continue;
            try
            {
                var read = JsonSerializer.Deserialize<Line>(line, TrajectoryJson.Options) ?? throw new JsonException("it is null");
                history._versions.Add(new(PromptSet.Read(read.Prompts), read.Reason, read.At, read.IsRollback));
            }
            catch (JsonException e)
            {
                throw new AgentTeamsException($"Line {number} of the prompt history '{path}' cannot be read: {e.Message} Restore the file, or delete the line.", e);
            }
        }

        return history;
    }

    /// <summary>Takes prompts into use.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="cancellationToken">Ends the attempt before anything is written.</param>
    /// <returns>False where they are in use already; nothing is written then.</returns>
    public async Task<bool> CommitAsync(PromptSet prompts, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(reason);
        if (Current?.Prompts.Version == prompts.Version) return false;
        await AppendAsync(new(prompts, reason, _clock.GetUtcNow(), IsRollback: false), cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Goes back to the prompts that were in use before those that are.</summary>
    /// <param name="reason">Why, for people.</param>
    /// <param name="to">The <see cref="PromptSet.Version"/> to go back to; null, the default, for the one before.</param>
    /// <param name="cancellationToken">Ends the attempt before anything is written.</param>
    /// <returns>What is in use now.</returns>
    /// <exception cref="AgentTeamsException">There is no such version.</exception>
    public async Task<PromptVersion> RollBackAsync(string reason, string? to = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var earlier = to is null ? Before() : _versions.FindLast(v => v.Prompts.Version == to);
        if (earlier is null)
            throw new AgentTeamsException($"The prompt history '{_path}' has no {(to is null ? "version before the one in use" : $"version '{to}'")}. It has: {string.Join(", ", _versions.Select(v => v.Prompts.Version).Distinct())}.");
        var back = earlier with { Reason = reason, At = _clock.GetUtcNow(), IsRollback = true };
        await AppendAsync(back, cancellationToken).ConfigureAwait(false);
        return back;
    }

    // Going back twice goes back two versions, and not forth again.
    private PromptVersion? Before()
    {
        var used = new List<PromptVersion>();
        foreach (var version in _versions)
        {
            if (!version.IsRollback)
            {
                used.Add(version);
                continue;
            }

            var kept = used.FindLastIndex(v => v.Prompts.Version == version.Prompts.Version) + 1;
            used.RemoveRange(kept, used.Count - kept);
        }

        return used.Count < 2 ? null : used[^2];
    }

    private async Task AppendAsync(PromptVersion version, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var line = JsonSerializer.Serialize(new Line(version.Prompts.Write(), version.Reason, version.At, version.IsRollback), TrajectoryJson.Options);
        cancellationToken.ThrowIfCancellationRequested();
        if (_cutAt is { } end)
        {
            using var file = File.OpenWrite(_path);
            file.SetLength(end);
            _cutAt = null;
        }

        await File.AppendAllTextAsync(_path, line + "\n", CancellationToken.None).ConfigureAwait(false);
        _versions.Add(version);
    }

    private sealed record Line(PromptSet.Written Prompts, string Reason, DateTimeOffset At, bool IsRollback);
}

/// <summary>Prompts that were taken into use.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
/// <param name="IsRollback">Whether an earlier version was gone back to.</param>
public sealed record PromptVersion(PromptSet Prompts, string Reason, DateTimeOffset At, bool IsRollback);
