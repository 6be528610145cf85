using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams;

/// <summary>Pinned float32 memory that grows when asked and is reused otherwise.</summary>
internal sealed unsafe class FloatBuffer
{
    // Kernels read whole panels, so a little beyond what they need.
    private const int Slack = Gemm.PanelWidth;

    private float[] _array = [];

    public float* Pointer { get; private set; }

    public Span<float> Span => _array;

    /// <summary>Memory for at least that many values, whose contents are arbitrary.</summary>
    public float* Ensure(long count)
    {
        if (_array.LongLength < count)
        {
            _array = GC.AllocateUninitializedArray<float>(checked((int)count + Slack), pinned: true);
            Pointer = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        }

        return Pointer;
    }

    public float* EnsureZeroed(long count)
    {
        Ensure(count);
        _array.AsSpan(0, (int)count).Clear();
        return Pointer;
    }
}
