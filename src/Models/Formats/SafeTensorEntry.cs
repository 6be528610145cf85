namespace AgentTeams.Models;

/// <summary>What the header of a safetensors file says of one tensor.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">Its element type as the format names it, such as F32 or BF16.</param>
/// <param name="Shape">Its dimensions, outermost first; none for a single value.</param>
/// <param name="Count">Its number of values.</param>
/// <param name="Start">Where its first byte lies in the file; not aligned to anything.</param>
/// <param name="End">Where the byte after its last lies in the file.</param>
internal sealed record SafeTensorEntry(string Name, string Type, IReadOnlyList<int> Shape, long Count, long Start, long End);
