using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams;

/// <summary>Pinned bfloat16 bit patterns that grow when asked and are reused otherwise.</summary>
internal sealed unsafe class HalfBuffer
{
    private ushort[] _array = [];

    public ushort* Pointer { get; private set; }

    public Span<ushort> Span => _array;

    /// <summary>Memory for at least that many values, whose contents are arbitrary.</summary>
    public ushort* Ensure(long count)
    {
        if (_array.LongLength < count)
        {
            _array = GC.AllocateUninitializedArray<ushort>(checked((int)count), pinned: true);
            Pointer = (ushort*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        }

        return Pointer;
    }

    public void Release()
    {
        _array = [];
        Pointer = null;
    }
}
