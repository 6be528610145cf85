using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>
/// Walks over a file's lines with one growing buffer. A byte-order mark and carriage returns, which editors and transfers add, belong to no line.
/// </summary>
internal sealed class LineScanner(SafeFileHandle file)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _next;
    private long _taken;

    /// <summary>Where the text of the current line begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next line begins.</summary>
    public long NextOffset => _taken;

    /// <summary>The current line's text, without its line break; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether the current line ends with a line break.</summary>
    public bool Ended { get; private set; }

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Whether the last line that was seen ended with a line break.</summary>
    public bool EndsWithBreak { get; private set; } = true;

    /// <summary>Goes to the next line; false at the end of the file.</summary>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                Take(searched + at, ended: true);
                return true;
            }

            searched = _end - _start;
            MakeRoom();
            var read = await RandomAccess.ReadAsync(file, _buffer.AsMemory(_end), _next, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                Take(searched, ended: false);
                return searched > 0;
            }

            _end += read;
            _next += read;
        }
    }

    private void Take(int length, bool ended)
    {
        var line = _buffer.AsMemory(_start, length);
        var mark = _taken == 0 && line.Span.StartsWith(Mark) ? Mark.Length : 0;
        Line = line[mark..].TrimEnd((byte)'\r');
        Offset = _taken + mark;
        _taken += length + (ended ? 1 : 0);
        Ended = ended;
        if (ended || length > 0) EndsWithBreak = ended;
        _start += length + (ended ? 1 : 0);
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length) return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        else
        {
            Array.Resize(ref _buffer, checked(_buffer.Length * 2));
        }
    }
}
