using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Pages for the sequences of one training batch, which all go when the next begins.</summary>
internal sealed unsafe class SequencePages(PageLayout layout)
{
    private readonly FloatBuffer _memory = new();
    private nint[] _addresses = [];
    private int _taken;

    /// <summary>Makes room for that many pages, and forgets those taken before.</summary>
    public void Reserve(int pages)
    {
        _taken = 0;
        _memory.Ensure(pages * layout.Size);
        if (_addresses.Length < pages) _addresses = GC.AllocateUninitializedArray<nint>(pages, pinned: true);
        for (var i = 0; i < pages; i++) _addresses[i] = (nint)(_memory.Pointer + i * layout.Size);
    }

    /// <summary>The address of a table of page addresses.</summary>
    public nint Take(int pages)
    {
        var first = _taken;
        _taken += pages;
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_addresses)) + first * sizeof(nint);
    }
}
