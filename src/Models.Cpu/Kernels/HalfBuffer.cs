using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Pinned words of 16 bits, such as bfloat16 bit patterns, that grow when asked and are reused otherwise; of any size that memory has room for.</summary>
internal sealed unsafe class HalfBuffer
{
    private ushort[] _array = [];
    private NativeBlock? _large;

    public ushort* Pointer { get; private set; }

    public long Count { get; private set; }

    /// <summary>Some of the words.</summary>
    public Span<ushort> Slice(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from + count, Count);
        return _large is null ? _array.AsSpan((int)from, count) : new Span<ushort>(Pointer + from, count);
    }

    /// <summary>Memory for at least that many values, whose contents are arbitrary.</summary>
    public ushort* Ensure(long count)
    {
        if (Count >= count) return Pointer;
        if (count > Array.MaxLength)
        {
            (_array, _large) = ([], new NativeBlock(count, sizeof(ushort)));
            Pointer = (ushort*)_large.Start;
        }
        else
        {
            (_array, _large) = (GC.AllocateUninitializedArray<ushort>((int)count, pinned: true), null);
            Pointer = (ushort*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        }

        Count = count;
        return Pointer;
    }

    /// <summary>Takes over the values of a buffer of the same size.</summary>
    public void CopyFrom(HalfBuffer other)
    {
        for (long at = 0; at < other.Count; at += int.MaxValue)
        {
            var count = (int)Math.Min(int.MaxValue, other.Count - at);
            other.Slice(at, count).CopyTo(Slice(at, count));
        }
    }

    public void Release()
    {
        (_array, _large, Count) = ([], null, 0);
        Pointer = null;
    }
}
