using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams;

/// <summary>What a scan of a trajectory file found, after its torn end was mended.</summary>
internal sealed record TrajectoryFile(Dictionary<string, int> Index, List<(long Offset, int Length)> Lines, ImmutableArray<DamagedLine> Damaged, long End)
{
    public static async Task<TrajectoryFile> ScanAsync(SafeFileHandle file, string path, ILogger logger, CancellationToken cancellationToken)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var lines = new List<(long Offset, int Length)>();
        var damaged = ImmutableArray.CreateBuilder<DamagedLine>();
        var scanner = new LineScanner(file);
        DamagedLine? last = null;
        long end = 0;
        var startsLikeARecord = true;
        var complete = true;
        for (long number = 1; await scanner.MoveNextAsync(cancellationToken).ConfigureAwait(false); number++)
        {
            if (last is not null) damaged.Add(last);
            last = null;
            var id = ChecksummedLine.Verify(scanner.Line.Span);
            if (id is null) last = new(number, scanner.Offset, "its checksum does not fit");
            else if (!index.TryAdd(id, lines.Count)) damaged.Add(new(number, scanner.Offset, $"its id '{id}' is used by an earlier line"));
            else lines.Add((scanner.Offset, scanner.Line.Length));
            end = scanner.Offset + scanner.Line.Length;
            complete = scanner.Ended;
            startsLikeARecord = IsBeginning(scanner.Line.Span);
        }

        // A stranger's file must not lose its last line.
        if (lines.Count == 0 && last is not null && !startsLikeARecord)
            throw new AgentTeamsException($"The file '{path}' holds no trajectories. Name another file; this one was left as it is.");
        foreach (var line in damaged) StoreLog.Damaged(logger, path, line.Line, line.Reason);
        if (last is not null)
        {
            StoreLog.Torn(logger, path, last.Line, RandomAccess.GetLength(file) - last.Offset);
            RandomAccess.SetLength(file, last.Offset);
            return new(index, lines, damaged.ToImmutable(), last.Offset);
        }

        if (!complete) await RandomAccess.WriteAsync(file, "\n"u8.ToArray(), end, cancellationToken).ConfigureAwait(false);
        return new(index, lines, damaged.ToImmutable(), RandomAccess.GetLength(file));
    }

    private static bool IsBeginning(ReadOnlySpan<byte> line)
    {
        var length = Math.Min(line.Length, ChecksummedLine.Start.Length);
        return line[..length].SequenceEqual(ChecksummedLine.Start[..length]);
    }
}
