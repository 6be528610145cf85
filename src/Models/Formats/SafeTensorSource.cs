namespace AgentTeams.Models;

/// <summary>A tensor to be written. Its values are asked for when its turn comes, so that no second copy of a model is held.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">Its dimensions, outermost first; none for a single value.</param>
/// <param name="Type">The element type in the file: F32 or BF16.</param>
/// <param name="Write">Hands its values over in row-major order, in any number of pieces.</param>
internal sealed record SafeTensorSource(string Name, IReadOnlyList<int> Shape, string Type, Action<SafeTensorSink> Write)
{
    /// <summary>The number of values that the shape has room for.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>The bytes that the values take.</summary>
    public long Bytes => checked(Count * (Type == SafeTensorTypes.BFloat16 ? sizeof(ushort) : sizeof(float)));

    /// <summary>Values that are already in one piece of memory, written as F32 or rounded to BF16.</summary>
    public static SafeTensorSource Of(string name, IReadOnlyList<int> shape, ReadOnlyMemory<float> values, string type = SafeTensorTypes.Float32) =>
        new(name, shape, type, sink => sink.Write(values.Span));

    /// <summary>Bit patterns of bfloat16 that are already in one piece of memory.</summary>
    public static SafeTensorSource OfBFloat16(string name, IReadOnlyList<int> shape, ReadOnlyMemory<ushort> bits) =>
        new(name, shape, SafeTensorTypes.BFloat16, sink => sink.WriteBFloat16(bits.Span));
}
