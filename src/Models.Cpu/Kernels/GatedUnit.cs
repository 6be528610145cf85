using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>The gated feed-forward unit, out = f(gate) ⊙ up (Shazeer 2020), row by row.</summary>
/// <typeparam name="TGate">The gate's function f.</typeparam>
internal static unsafe class GatedUnit<TGate>
    where TGate : struct, IGate
{
    public static void Forward(float* gate, float* up, float* output, int width)
    {
        var i = 0;
        for (; i + 8 <= width; i += 8) (TGate.Value(Vector256.Load(gate + i)) * Vector256.Load(up + i)).Store(output + i);
        if (i == width) return;
        var rest = width - i;
        var pad = stackalloc float[24];
        Copy(gate + i, pad, rest);
        Copy(up + i, pad + 8, rest);
        Forward(pad, pad + 8, pad + 16, 8);
        Copy(pad + 16, output + i, rest);
    }

    /// <summary>The gradients with respect to gate and up, written over those two.</summary>
    public static void Backward(float* gate, float* up, float* dOutput, int width)
    {
        var i = 0;
        for (; i + 8 <= width; i += 8)
        {
            var (g, u, d) = (Vector256.Load(gate + i), Vector256.Load(up + i), Vector256.Load(dOutput + i));
            var (value, slope) = TGate.WithSlope(g);
            (d * u * slope).Store(gate + i);
            (d * value).Store(up + i);
        }

        if (i == width) return;
        var rest = width - i;
        var pad = stackalloc float[24];
        Copy(gate + i, pad, rest);
        Copy(up + i, pad + 8, rest);
        Copy(dOutput + i, pad + 16, rest);
        Backward(pad, pad + 8, pad + 16, 8);
        Copy(pad, gate + i, rest);
        Copy(pad + 8, up + i, rest);
    }

    private static void Copy(float* from, float* to, int count) => Unsafe.CopyBlock(to, from, (uint)count * sizeof(float));
}

/// <summary>The function of a gate, and its derivative.</summary>
internal interface IGate
{
    static abstract Vector256<float> Value(Vector256<float> x);

    static abstract (Vector256<float> Value, Vector256<float> Slope) WithSlope(Vector256<float> x);
}

/// <summary>x · σ(x) (Elfwing et al. 2018).</summary>
internal readonly struct SiluGate : IGate
{
    public static Vector256<float> Value(Vector256<float> x) => x * Sigmoid(x);

    public static (Vector256<float> Value, Vector256<float> Slope) WithSlope(Vector256<float> x)
    {
        var s = Sigmoid(x);
        var value = x * s;
        return (value, s + value * (Vector256<float>.One - s));
    }

    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Vector256.Exp(-x));
}

/// <summary>GELU by its tanh form, x · σ(2z) with z = √(2/π) (x + 0.044715 x³) (Hendrycks and Gimpel 2016).</summary>
internal readonly struct GeluGate : IGate
{
    private const float Root = 1.5957691216057308f;
    private const float Cubic = 0.044715f;

    public static Vector256<float> Value(Vector256<float> x) => x * SiluGate.Sigmoid(Twice(x));

    public static (Vector256<float> Value, Vector256<float> Slope) WithSlope(Vector256<float> x)
    {
        var s = SiluGate.Sigmoid(Twice(x));
        var slope = Vector256.Create(Root) * (Vector256<float>.One + Vector256.Create(3 * Cubic) * x * x);
        return (x * s, s + x * s * (Vector256<float>.One - s) * slope);
    }

    private static Vector256<float> Twice(Vector256<float> x) => Vector256.Create(Root) * (x + Vector256.Create(Cubic) * x * x * x);
}
