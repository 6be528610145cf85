using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Takes the values of one tensor and writes them as its type says. Values that could not be read again are refused.</summary>
/// <param name="stream">The file, at the place of the tensor.</param>
/// <param name="tensor">The tensor.</param>
/// <param name="path">How errors name the file.</param>
internal sealed class SafeTensorSink(Stream stream, SafeTensorSource tensor, string path)
{
    private const int Block = 1 << 16;

    private readonly ushort[] _narrowed = tensor.Type == SafeTensorTypes.BFloat16 ? new ushort[Math.Min(Block, tensor.Count)] : [];
    private long _written;

    /// <summary>Writes values as they are to F32, or rounded to the nearest, ties to even, to BF16.</summary>
    /// <exception cref="AgentTeamsException">There are more values than the shape has room for, or one is not finite.</exception>
    public void Write(ReadOnlySpan<float> values)
    {
        while (!values.IsEmpty)
        {
            var block = values[..Math.Min(Block, values.Length)];
            Reserve(block.Length, TensorConversion.FirstNonFinite(block));
            if (tensor.Type == SafeTensorTypes.BFloat16)
            {
                var narrowed = _narrowed.AsSpan(0, block.Length);
                TensorConversion.NarrowBFloat16(block, narrowed);
                WriteBFloat16(narrowed);
            }
            else
            {
                stream.Write(MemoryMarshal.AsBytes(block));
                _written += block.Length;
            }

            values = values[block.Length..];
        }
    }

    /// <summary>Writes bit patterns of bfloat16 to a tensor of BF16.</summary>
    /// <exception cref="AgentTeamsException">The tensor is of another type, there are more values than the shape has room for, or one is not
    /// finite.</exception>
    public void WriteBFloat16(ReadOnlySpan<ushort> bits)
    {
        if (tensor.Type != SafeTensorTypes.BFloat16)
            throw new AgentTeamsException($"The tensor '{tensor.Name}' for '{path}' is {tensor.Type}; bfloat16 values go to BF16 only.");
        while (!bits.IsEmpty)
        {
            var block = bits[..Math.Min(Block, bits.Length)];
            Reserve(block.Length, TensorConversion.FirstNonFinite(block));
            stream.Write(MemoryMarshal.AsBytes(block));
            _written += block.Length;
            bits = bits[block.Length..];
        }
    }

    /// <summary>Refuses a tensor that got fewer values than its shape has room for.</summary>
    public void Complete()
    {
        if (_written != tensor.Count) throw Miscounted(_written);
    }

    private void Reserve(int count, int nonFinite)
    {
        if (_written + count > tensor.Count) throw Miscounted(_written + count);
        if (nonFinite >= 0)
            throw new AgentTeamsException($"The tensor '{tensor.Name}' for '{path}' is not finite at index {_written + nonFinite}; it was not written, and "
                + "what was there before is kept.");
    }

    private AgentTeamsException Miscounted(long count) =>
        new($"The tensor '{tensor.Name}' for '{path}' of shape {SafeTensorTypes.Text(tensor.Shape)} has room for {tensor.Count} values but got {count}.");
}
