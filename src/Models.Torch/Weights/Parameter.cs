namespace AgentTeams.Models.Torch;

/// <summary>A named tensor of a set; a window on the memory of all.</summary>
/// <param name="name">Its Hugging Face or PEFT name.</param>
/// <param name="shape">Its dimensions, outermost first.</param>
/// <param name="offset">Where it lies among the values of its set.</param>
internal sealed class Parameter(string name, int[] shape, long offset)
{
    public string Name => name;

    public int[] Shape => shape;

    public long[] Sizes { get; } = Array.ConvertAll(shape, n => (long)n);

    public long Offset => offset;

    public long Count { get; } = shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>The tensor that layers compute with, and that gradients flow into.</summary>
    public Tensor Value { get; set; } = null!;

    /// <summary>This parameter's part of memory that holds all parameters.</summary>
    public Tensor Of(Tensor flat) => flat.narrow(0, offset, Count).view(Sizes);
}
