using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Pinned and aligned float32 memory that grows when asked and is reused otherwise; of any size that memory has room for.</summary>
internal sealed unsafe class FloatBuffer
{
    // Kernels read whole panels, so a little beyond what they need.
    private const int Slack = Gemm.PanelWidth;

    // A panel's row is then one line of the cache.
    private const int Alignment = 64;

    private float[] _array = [];
    private NativeBlock? _large;
    private int _first;

    public float* Pointer { get; private set; }

    public long Count { get; private set; }

    /// <summary>All values; only of a buffer that an array can hold.</summary>
    public Span<float> Span => Slice(0, checked((int)Count));

    /// <summary>Some of the values.</summary>
    public Span<float> Slice(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from + count, Count);
        return _large is null ? _array.AsSpan(_first + (int)from, count) : new Span<float>(Pointer + from, count);
    }

    /// <summary>Memory for at least that many values, whose contents are arbitrary.</summary>
    public float* Ensure(long count)
    {
        if (Count < count) Allocate(count, zeroed: false);
        return Pointer;
    }

    public float* EnsureZeroed(long count)
    {
        if (Count < count)
        {
            Allocate(count, zeroed: true);
            return Pointer;
        }

        Clear(count);
        return Pointer;
    }

    /// <summary>Sets the first values to 0.</summary>
    public void Clear(long count)
    {
        for (long at = 0; at < count; at += int.MaxValue) Slice(at, (int)Math.Min(int.MaxValue, count - at)).Clear();
    }

    /// <summary>Takes over the values of a buffer of the same size.</summary>
    public void CopyFrom(FloatBuffer other)
    {
        for (long at = 0; at < other.Count; at += int.MaxValue)
        {
            var count = (int)Math.Min(int.MaxValue, other.Count - at);
            other.Slice(at, count).CopyTo(Slice(at, count));
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        (_array, _large, _first, Count) = ([], null, 0, 0);
        Pointer = null;
    }

    private void Allocate(long count, bool zeroed)
    {
        var size = checked(count + Slack + Alignment / sizeof(float));
        if (size > Array.MaxLength)
        {
            (_array, _large) = ([], new NativeBlock(size, sizeof(float)));
            Pointer = (float*)(((nint)_large.Start + Alignment - 1) & -Alignment);
        }
        else
        {
            _array = zeroed ? GC.AllocateArray<float>((int)size, pinned: true) : GC.AllocateUninitializedArray<float>((int)size, pinned: true);
            _large = null;
            var start = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
            _first = (int)(-(nint)start & (Alignment - 1)) / sizeof(float);
            Pointer = start + _first;
        }

        Count = count;
    }
}
