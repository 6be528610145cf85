using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>What a scan of a trajectory file found, after its torn end was mended.</summary>
/// <param name="Index">The place of each trajectory's line among the lines, by id.</param>
/// <param name="Lines">The lines of trajectories, in the order of the file.</param>
/// <param name="Rewards">The newest line that replaces rewards, by the trajectory's id.</param>
/// <param name="Damaged">Whole lines that cannot be read.</param>
/// <param name="End">Where the next line begins.</param>
internal sealed record TrajectoryFile(
    Dictionary<string, int> Index, List<(long Offset, int Length)> Lines, Dictionary<string, (long Offset, int Length)> Rewards,
    ImmutableArray<DamagedLine> Damaged, long End)
{
    public static async Task<TrajectoryFile> ScanAsync(SafeFileHandle file, string path, ILogger logger, CancellationToken cancellationToken)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var lines = new List<(long Offset, int Length)>();
        var rewards = new Dictionary<string, (long Offset, int Length)>(StringComparer.Ordinal);
        var damaged = ImmutableArray.CreateBuilder<DamagedLine>();
        var scanner = new LineScanner(file);
        DamagedLine? torn = null;
        var ours = true;
        for (long number = 1; await scanner.MoveNextAsync(cancellationToken).ConfigureAwait(false); number++)
        {
            if (number == 1) ours = IsBeginning(scanner.Line.Span);
            var subject = ChecksummedLine.Verify(scanner.Line.Span);
            // An interrupted write leaves the beginning of what was written, so a line with its break was damaged otherwise.
            if (subject is null && !scanner.Ended) torn = new(number, scanner.Offset, "its end is missing");
            else if (subject is not { } whole) damaged.Add(new(number, scanner.Offset, "its checksum does not fit"));
            else if (whole.IsRewards)
            {
                // Where the trajectory's own line is damaged, it may be run and stored again, and earns what it is given then.
                if (index.ContainsKey(whole.Id)) rewards[whole.Id] = (scanner.Offset, scanner.Line.Length);
            }
            else if (!index.TryAdd(whole.Id, lines.Count)) damaged.Add(new(number, scanner.Offset, $"its id '{whole.Id}' is used by an earlier line"));
            else lines.Add((scanner.Offset, scanner.Line.Length));
        }

        // A stranger's file must not lose its last line or get ours.
        if (lines.Count == 0 && !ours)
            throw new AgentTeamsException($"The file '{path}' holds no trajectories. Name another file; this one was left as it is.");
        foreach (var line in damaged) StoreLog.Damaged(logger, path, line.Line, line.Reason);
        var end = torn?.Offset ?? RandomAccess.GetLength(file);
        if (torn is not null)
        {
            StoreLog.Torn(logger, path, torn.Line, RandomAccess.GetLength(file) - end);
            RandomAccess.SetLength(file, end);
        }
        else if (end > 0 && !scanner.EndsWithBreak)
        {
            await RandomAccess.WriteAsync(file, "\n"u8.ToArray(), end++, cancellationToken).ConfigureAwait(false);
        }

        return new(index, lines, rewards, damaged.ToImmutable(), end);
    }

    private static bool IsBeginning(ReadOnlySpan<byte> line)
    {
        var length = Math.Min(line.Length, ChecksummedLine.Start.Length);
        return line[..length].SequenceEqual(ChecksummedLine.Start[..length]);
    }
}
