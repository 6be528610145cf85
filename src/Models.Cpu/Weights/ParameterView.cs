namespace AgentTeams.Models;

/// <summary>A named tensor of a set, and where it lies.</summary>
internal sealed class ParameterView(string name, IReadOnlyList<int> shape)
{
    public string Name => name;

    public IReadOnlyList<int> Shape => shape;

    public int Count { get; } = shape.Aggregate(1, (a, b) => checked(a * b));

    /// <summary>Whether the tensor is one that bfloat16 storage holds in 16 bits; the few others stay in float32.</summary>
    public bool IsMatrix => shape.Count > 1;

    /// <summary>Values from the start of the memory that holds it.</summary>
    public long Offset { get; set; }
}
