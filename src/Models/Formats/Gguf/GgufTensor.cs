namespace AgentTeams.Models;

/// <summary>A tensor of a GGUF file, whose values are asked for and converted when its turn comes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Source">Where its values come from.</param>
internal sealed record GgufTensor(string Name, GgufType Type, SafeTensorSource Source)
{
    /// <summary>What an adapter adds to it, or null.</summary>
    public Func<LowRankUpdate>? Update { get; init; }

    /// <summary>Rows of a head whose rotary pairs are to become neighbours; 0 for rows that stay where they are.</summary>
    public int HeadRows { get; init; }

    /// <summary>Its dimensions, outermost first.</summary>
    public IReadOnlyList<int> Shape => Source.Shape;

    /// <summary>The bytes that it takes, without what aligns the next.</summary>
    public long Bytes => Source.Count / Width * GgufEncoding.RowBytes(Type, Width);

    // A bias is a column where rows change places, since each row has one.
    private int Width => HeadRows > 0 && Shape.Count == 1 ? 1 : Shape[^1];

    /// <summary>Writes its values.</summary>
    /// <param name="stream">The file, at the tensor's place.</param>
    /// <param name="path">The file's name.</param>
    /// <exception cref="AgentTeamsException">A value is not finite, or too large for the type.</exception>
    public void Write(Stream stream, string path)
    {
        var (width, update) = (Width, Update?.Invoke());
        var encoded = new byte[GgufEncoding.RowBytes(Type, width)];
        var head = new float[HeadRows * width];
        TensorRows.Read(Source, width, path, (row, values) =>
        {
            update?.Apply(row, values);
            if (HeadRows == 0)
            {
                Put(values);
                return;
            }

            var (half, index) = Math.DivRem(row % HeadRows, HeadRows / 2);
            values.CopyTo(head.AsSpan((2 * index + half) * width));
            if (row % HeadRows < HeadRows - 1) return;
            for (var r = 0; r < HeadRows; r++) Put(head.AsSpan(r * width, width));
        });

        void Put(ReadOnlySpan<float> row)
        {
            if (TensorConversion.FirstNonFinite(row) >= 0 || !GgufEncoding.TryEncode(Type, row, encoded))
                throw new AgentTeamsException($"The tensor '{Source.Name}' for '{path}' holds values up to {Largest(row)}, which {Type} cannot hold; it was not written, and what was there before is kept. Export as GgufType.F32, or as it was before training diverged.");
            stream.Write(encoded);
        }
    }

    private static float Largest(ReadOnlySpan<float> row)
    {
        var largest = 0f;
        foreach (var value in row) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
