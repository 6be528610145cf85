using System.Globalization;

namespace AgentTeams.Mcp;

/// <summary>Reads a stream of lines, one message each, and breaks where a message is larger than anything that a caller would be given.</summary>
internal sealed class LineLimitStream(Stream inner, long limit) : Stream
{
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public bool IsExceeded { get; private set; }

    public string Said => string.Create(CultureInfo.InvariantCulture, $" It sent a message of more than {limit} bytes, so the connection was closed. Raise McpOptions.MaxResultBytes or MaxDataBytes, or mend the server.");

    /// <summary>What a message may take that holds a result of the most allowed size: JSON writes a character in up to six.</summary>
    public static long Of(McpOptions options) => (8L * options.MaxResultBytes) + (2L * options.MaxDataBytes) + (1 << 20);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Count(ReadOnlySpan<byte> read)
    {
        var last = read.LastIndexOf((byte)'\n');
        _length = last < 0 ? _length + read.Length : read.Length - last - 1;
        if (_length <= limit) return;
        IsExceeded = true;
        throw new IOException(Said.Trim());
    }
}
