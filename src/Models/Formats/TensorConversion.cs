using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Conversions between the 16-bit float types and float32. Widening is exact for every bit pattern.</summary>
internal static class TensorConversion
{
    private const int HalfInfinity = 0x0F80_0000;
    private const int SingleInfinity = 0x7F80_0000;

    public static void WidenBFloat16(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var bits = MemoryMarshal.Cast<float, uint>(to);
        var i = 0;
        for (; i + 16 <= from.Length; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(from.Slice(i, 16)));
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + 8)..]);
        }

        for (; i < from.Length; i++) bits[i] = (uint)from[i] << 16;
    }

    public static void WidenHalf(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var i = 0;
        for (; i + 16 <= from.Length; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(from.Slice(i, 16)));
            WidenHalf(low.AsInt32()).CopyTo(to[i..]);
            WidenHalf(high.AsInt32()).CopyTo(to[(i + 8)..]);
        }

        for (; i < from.Length; i++) to[i] = (float)BitConverter.UInt16BitsToHalf(from[i]);
    }

    /// <summary>Rounds to the nearest, ties to even. Numbers beyond the largest become infinite; NaN is not kept.</summary>
    public static void NarrowBFloat16(ReadOnlySpan<float> from, Span<ushort> to)
    {
        var bits = MemoryMarshal.Cast<float, uint>(from);
        var i = 0;
        for (; i + 16 <= bits.Length; i += 16)
            Vector256.Narrow(Round(Vector256.Create(bits.Slice(i, 8))), Round(Vector256.Create(bits.Slice(i + 8, 8)))).CopyTo(to[i..]);
        for (; i < bits.Length; i++) to[i] = (ushort)(bits[i] + 0x7FFF + (bits[i] >> 16 & 1) >> 16);
    }

    /// <summary>Where the first NaN or infinity is, or -1.</summary>
    public static int FirstNonFinite(ReadOnlySpan<float> values) => FirstWithAll(MemoryMarshal.Cast<float, uint>(values), (uint)SingleInfinity);

    /// <summary>Where the first NaN or infinity is among bfloat16 bit patterns, or -1.</summary>
    public static int FirstNonFinite(ReadOnlySpan<ushort> values) => FirstWithAll(values, (ushort)(SingleInfinity >> 16));

    private static Vector256<float> WidenHalf(Vector256<int> half)
    {
        // Exponent and mantissa in their places are the value divided by 2^112, also where they are subnormal.
        var magnitude = (half & Vector256.Create(0x7FFF)) << 13;
        var value = (magnitude.AsSingle() * BitConverter.Int32BitsToSingle((127 + 112) << 23)).AsInt32();
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(HalfInfinity));
        value = Vector256.ConditionalSelect(special, magnitude | Vector256.Create(SingleInfinity), value);
        return (value | (half & Vector256.Create(0x8000)) << 16).AsSingle();
    }

    private static Vector256<uint> Round(Vector256<uint> bits) => (bits + Vector256.Create(0x7FFFu) + (bits >> 16 & Vector256<uint>.One)) >> 16;

    private static int FirstWithAll<T>(ReadOnlySpan<T> values, T mask)
        where T : IBinaryInteger<T>
    {
        var masks = Vector256.Create(mask);
        var i = 0;
        while (i + Vector256<T>.Count <= values.Length && !Vector256.EqualsAny(Vector256.Create(values[i..]) & masks, masks)) i += Vector256<T>.Count;
        for (; i < values.Length; i++)
        {
            if ((values[i] & mask) == mask) return i;
        }

        return -1;
    }
}
