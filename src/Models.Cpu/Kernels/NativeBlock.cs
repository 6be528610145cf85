using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Zeroed memory for more values than an array can hold; it becomes resident where it is touched.</summary>
internal sealed unsafe class NativeBlock
{
    private readonly void* _start;
    private readonly long _bytes;

    public NativeBlock(long count, int size)
    {
        _bytes = checked(count * size);
        _start = NativeMemory.AllocZeroed((nuint)count, (nuint)size);
        GC.AddMemoryPressure(_bytes);
    }

    ~NativeBlock()
    {
        NativeMemory.Free(_start);
        GC.RemoveMemoryPressure(_bytes);
    }

    public void* Start => _start;
}
