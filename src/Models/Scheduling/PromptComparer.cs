using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>Compares prompts by their ids.</summary>
internal sealed class PromptComparer : IEqualityComparer<int[]>
{
    public static PromptComparer Instance { get; } = new();

    public static int Hash(ReadOnlySpan<int> ids)
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(ids));
        return hash.ToHashCode();
    }

    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(int[] ids) => Hash(ids);
}
