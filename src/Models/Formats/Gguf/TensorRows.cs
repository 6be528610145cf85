using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Takes the bytes that an exported tensor consists of and hands its values on row by row, so that none is held as a whole.</summary>
internal sealed class TensorRows : Stream
{
    private readonly bool _isHalf;
    private readonly float[] _row;
    private readonly Action<int, Span<float>> _take;
    private int _filled, _count;

    private TensorRows(bool isHalf, int width, Action<int, Span<float>> take) => (_isHalf, _row, _take) = (isHalf, new float[width], take);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Hands on all rows of a tensor.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="width">Values of a row; divides the tensor's.</param>
    /// <param name="path">The file that they are for, by which errors name it.</param>
    /// <param name="take">Takes the index and the values of a row, which it may change.</param>
    /// <exception cref="AgentTeamsException">A value is not finite.</exception>
    public static void Read(SafeTensorSource source, int width, string path, Action<int, Span<float>> take)
    {
        using var rows = new TensorRows(source.Type == SafeTensorTypes.BFloat16, width, take);
        var sink = new SafeTensorSink(rows, source, path);
        source.Write(sink);
        sink.Complete();
    }

    /// <summary>All values of a small tensor.</summary>
    public static float[] ReadAll(SafeTensorSource source, string path)
    {
        var values = new float[source.Count];
        Read(source, values.Length, path, (_, row) => row.CopyTo(values));
        return values;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isHalf) Take(MemoryMarshal.Cast<byte, ushort>(buffer), TensorConversion.WidenBFloat16);
        else Take(MemoryMarshal.Cast<byte, float>(buffer), (from, to) => from.CopyTo(to));
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Take<T>(ReadOnlySpan<T> values, Action<ReadOnlySpan<T>, Span<float>> widen)
    {
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, _row.Length - _filled)];
            widen(part, _row.AsSpan(_filled));
            values = values[part.Length..];
            _filled += part.Length;
            if (_filled < _row.Length) continue;
            _filled = 0;
            _take(_count++, _row);
        }
    }
}
