using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>Reads the file of one run.</summary>
internal static class JournalFile
{
    /// <summary>Reads all records. A writer mends the end of a file whose last write was interrupted.</summary>
    /// <returns>Where the next record is to be written.</returns>
    /// <exception cref="JournalDamagedException">A record is not what was written.</exception>
    public static async Task<long> ScanAsync(
        SafeFileHandle file, string runId, string path, List<ReadOnlyMemory<byte>> records, ILogger logger, bool isWriter, CancellationToken cancellationToken)
    {
        var lines = new LineScanner(file);
        var end = 0L;
        while (await lines.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!lines.Ended) return await MendAsync(lines.Line, lines.Offset).ConfigureAwait(false);
            records.Add(ChecksummedLine.Open(lines.Line.Span, records.Count)
                ?? throw Damaged($"the line at byte {lines.Offset} of '{path}' does not fit its checksum, or is not at its place."));
            end = lines.NextOffset;
        }

        return end;

        JournalDamagedException Damaged(string reason) => new(runId, records.Count, reason);

        async ValueTask<long> MendAsync(ReadOnlyMemory<byte> tail, long offset)
        {
            // A record that is there but for its line break, or whose line break is damaged, was written.
            foreach (var whole in tail.IsEmpty ? [] : new[] { tail, tail[..^1] })
            {
                if (ChecksummedLine.Open(whole.Span, records.Count) is not { } record) continue;
                records.Add(record);
                end = offset + whole.Length;
                if (!isWriter) return end;
                await RandomAccess.WriteAsync(file, "\n"u8.ToArray(), end, cancellationToken).ConfigureAwait(false);
                RandomAccess.SetLength(file, end + 1);
                return end + 1;
            }

            if (!IsTorn(tail.Span, isOurs: records.Count > 0))
                throw Damaged($"the bytes from {end} of '{path}' are no beginning of a record. Choose another folder if the file is another program's.");
            if (!isWriter) return end;
            StoreLog.Torn(logger, path, records.Count + 1, tail.Length);
            RandomAccess.SetLength(file, end);
            return end;
        }
    }

    // A file without a record is ours only if the first one was cut short.
    private static ReadOnlySpan<byte> FirstRecord => "{\"kind\":\"run\""u8;

    // What a write that was cut short left: the beginning of one JSON object, and zeros where the machine ended before the disk had the bytes.
    private static bool IsTorn(ReadOnlySpan<byte> tail, bool isOurs)
    {
        tail = tail.TrimEnd((byte)0);
        if (tail.IsEmpty) return isOurs;
        if (!isOurs && !tail.StartsWith(FirstRecord) && !FirstRecord.StartsWith(tail)) return false;
        var reader = new Utf8JsonReader(tail, isFinalBlock: false, new(new() { MaxDepth = int.MaxValue }));
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == 0 && reader.TokenType != JsonTokenType.StartObject) return false;
            }

            return tail[0] == '{';
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>The file of one run, open for its writer.</summary>
internal sealed class FileJournal(
    string path, SafeFileHandle file, SafeFileHandle hold, IReadOnlyList<ReadOnlyMemory<byte>> records, long end, bool flushToDisk) : IRunJournal
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private long _end = end;
    private long _count = records.Count;
    private bool _isUncut;

    public IReadOnlyList<ReadOnlyMemory<byte>> Records => records;

    public ValueTask AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        JournalIds.Check(record.Span);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(file.IsClosed, this);
            _buffer.ResetWrittenCount();
            ChecksummedLine.Write(_buffer, record.Span, _count);
            try
            {
                if (_isUncut) RandomAccess.SetLength(file, _end);
                _isUncut = false;
                // A write to the system's cache takes less than handing it to another thread would.
                RandomAccess.Write(file, _buffer.WrittenSpan, _end);
                if (flushToDisk) RandomAccess.FlushToDisk(file);
                _end += _buffer.WrittenCount;
                _count++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                CutToEnd();
                throw new AgentTeamsException(
                    $"The journal '{path}' cannot be written: {e.Message} Free space, or choose another folder; nothing was appended.", e);
            }
        }

        return default;
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            file.Dispose();
            hold.Dispose();
        }

        return default;
    }

    private void CutToEnd()
    {
        try
        {
            RandomAccess.SetLength(file, _end);
        }
        catch (IOException)
        {
            // What was written of a record must not stand behind the end of a shorter one.
            _isUncut = true;
        }
    }
}
