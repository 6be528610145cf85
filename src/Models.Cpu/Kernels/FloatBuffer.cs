using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams;

/// <summary>Pinned and aligned float32 memory that grows when asked and is reused otherwise.</summary>
internal sealed unsafe class FloatBuffer
{
    // Kernels read whole panels, so a little beyond what they need.
    private const int Slack = Gemm.PanelWidth;

    // A panel's row is then one line of the cache.
    private const int Alignment = 64;

    private float[] _array = [];
    private int _first;
    private int _count;

    public float* Pointer { get; private set; }

    public Span<float> Span => _array.AsSpan(_first, _count);

    /// <summary>Memory for at least that many values, whose contents are arbitrary.</summary>
    public float* Ensure(long count)
    {
        if (_count < count)
        {
            _array = GC.AllocateUninitializedArray<float>(checked((int)(count + Slack + Alignment / sizeof(float))), pinned: true);
            var start = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
            _first = (int)(-(nint)start & (Alignment - 1)) / sizeof(float);
            Pointer = start + _first;
            _count = (int)count;
        }

        return Pointer;
    }

    public float* EnsureZeroed(long count)
    {
        Ensure(count);
        Span[..(int)count].Clear();
        return Pointer;
    }
}
