namespace AgentTeams.Models;

/// <summary>A named tensor of a set, or some rows of one, and where it lies.</summary>
internal sealed class ParameterView(string name, IReadOnlyList<int> shape)
{
    private (ParameterView Whole, int FirstRow)? _part;
    private long _offset;

    public string Name => name;

    public IReadOnlyList<int> Shape => shape;

    public int Count { get; } = shape.Aggregate(1, (a, b) => checked(a * b));

    /// <summary>Whether the tensor is one that bfloat16 storage holds in 16 bits; the few others stay in float32.</summary>
    public bool IsMatrix => shape.Count > 1;

    /// <summary>Values from the start of the memory that holds it.</summary>
    public long Offset
    {
        get => _part is ({ } whole, var row) ? whole.Offset + (long)row * shape[1] : _offset;
        set => _offset = value;
    }

    /// <summary>Some rows of this matrix; no tensor of its own.</summary>
    public ParameterView Rows(int first, int count) => new(name, [count, shape[1]]) { _part = (this, first) };
}
