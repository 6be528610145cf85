using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>How GGUF stores rows of weights.</summary>
internal static class GgufEncoding
{
    private const int Block = 32;
    private const int BlockBytes = sizeof(ushort) + Block;
    private const float MaxQuantum = 127;

    /// <summary>The type that a tensor of rows of a width is stored in.</summary>
    public static GgufType Fitting(GgufType asked, int width) => asked == GgufType.Q8_0 && width % Block != 0 ? GgufType.F16 : asked;

    /// <summary>The number of a type in the file.</summary>
    public static uint CodeOf(GgufType type) => type switch
    {
        GgufType.F32 => 0,
        GgufType.F16 => 1,
        _ => 8,
    };

    /// <summary>The number of <c>general.file_type</c> for files whose matrices are mostly of a type.</summary>
    public static uint FileTypeOf(GgufType type) => type == GgufType.Q8_0 ? 7 : CodeOf(type);

    public static long RowBytes(GgufType type, int width) => type switch
    {
        GgufType.F32 => (long)width * sizeof(float),
        GgufType.F16 => (long)width * sizeof(ushort),
        _ => (long)width / Block * BlockBytes,
    };

    /// <summary>Writes a row.</summary>
    /// <returns>False where a number is beyond what the type can hold.</returns>
    public static bool TryEncode(GgufType type, ReadOnlySpan<float> row, Span<byte> to)
    {
        switch (type)
        {
            case GgufType.F32:
                MemoryMarshal.AsBytes(row).CopyTo(to);
                return true;
            case GgufType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(to);
                for (var i = 0; i < row.Length; i++)
                {
                    halves[i] = (Half)row[i];
                    if (!Half.IsFinite(halves[i])) return false;
                }

                return true;
            default:
                for (var i = 0; i < row.Length; i += Block)
                {
                    if (!TryQuantize(row.Slice(i, Block), to.Slice(i / Block * BlockBytes, BlockBytes))) return false;
                }

                return true;
        }
    }

    // Multiples come from the exact scale, and only then is the scale rounded: what llama.cpp's own quantisation writes.
    private static bool TryQuantize(ReadOnlySpan<float> values, Span<byte> to)
    {
        var max = 0f;
        foreach (var value in values) max = Math.Max(max, Math.Abs(value));
        var scale = max / MaxQuantum;
        var stored = (Half)scale;
        MemoryMarshal.Write(to, in stored);
        var inverse = scale > 0 ? 1 / scale : 0;
        // The inverse of the smallest numbers is infinite; against the stored scale, which is 0 then, they count as 0 anyway.
        if (!float.IsFinite(inverse)) inverse = 0;
        for (var i = 0; i < Block; i++) to[sizeof(ushort) + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        return Half.IsFinite(stored);
    }
}
