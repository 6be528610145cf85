using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>A vector times a packed matrix: what decoding one sequence alone spends its time on. Four panels at once hide the latency of the sums.</summary>
internal static unsafe class SingleRow
{
    private const int PanelsAtOnce = 4;

    /// <summary>c = a · B or c += a · B; parameters as for <see cref="Gemm.Multiply"/>.</summary>
    public static void Multiply(float* a, Panels b, int n, int inner, float* c, bool add)
    {
        switch (b.Format)
        {
            case PanelFormat.Float32:
                Multiply<Float32Values>(a, b, n, inner, c, add);
                break;
            case PanelFormat.BFloat16:
                Multiply<BFloat16Values>(a, b, n, inner, c, add);
                break;
            default:
                Multiply<Q8Values>(a, b, n, inner, c, add);
                break;
        }
    }

    [SkipLocalsInit]
    private static void Multiply<T>(float* a, Panels b, int n, int inner, float* c, bool add)
        where T : IPanelValues
    {
        const int Columns = PanelsAtOnce * Gemm.PanelWidth;
        var edge = stackalloc float[Columns];
        var last = (n - 1) / Gemm.PanelWidth;
        for (var column = 0; column < n; column += Columns)
        {
            var panel = column / Gemm.PanelWidth;
            var columns = Math.Min(Columns, n - column);
            var to = columns == Columns ? c + column : edge;
            if (add && to == edge) new Span<float>(c + column, columns).CopyTo(new Span<float>(edge, columns));
            // Missing panels repeat the last one.
            FourPanels<T>(a, b.At(panel), b.At(Math.Min(panel + 1, last)), b.At(Math.Min(panel + 2, last)), b.At(Math.Min(panel + 3, last)), inner, to, add);
            if (to == edge) new Span<float>(edge, columns).CopyTo(new Span<float>(c + column, columns));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPanels<T>(float* a, byte* p0, byte* p1, byte* p2, byte* p3, int inner, float* c, bool add)
        where T : IPanelValues
    {
        Vector256<float> c0, c1, c2, c3, c4, c5, c6, c7;
        if (add)
        {
            (c0, c1, c2, c3) = (Vector256.Load(c), Vector256.Load(c + 8), Vector256.Load(c + 16), Vector256.Load(c + 24));
            (c4, c5, c6, c7) = (Vector256.Load(c + 32), Vector256.Load(c + 40), Vector256.Load(c + 48), Vector256.Load(c + 56));
        }
        else
        {
            c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = default;
        }

        nint at = 0;
        for (var rest = inner; rest > 0; rest -= T.BlockRows)
        {
            var h0 = (float*)(p0 + at);
            var h1 = (float*)(p1 + at);
            var h2 = (float*)(p2 + at);
            var h3 = (float*)(p3 + at);
            at += T.HeaderBytes;
            for (var count = Math.Min(rest, T.BlockRows); count > 0; count--, a++)
            {
                var x = Vector256.Create(*a);
                c0 = Vector256.FusedMultiplyAdd(x, T.Load(p0 + at, h0), c0);
                c2 = Vector256.FusedMultiplyAdd(x, T.Load(p1 + at, h1), c2);
                c4 = Vector256.FusedMultiplyAdd(x, T.Load(p2 + at, h2), c4);
                c6 = Vector256.FusedMultiplyAdd(x, T.Load(p3 + at, h3), c6);
                at += 8 * T.ValueBytes;
                c1 = Vector256.FusedMultiplyAdd(x, T.Load(p0 + at, h0 + 8), c1);
                c3 = Vector256.FusedMultiplyAdd(x, T.Load(p1 + at, h1 + 8), c3);
                c5 = Vector256.FusedMultiplyAdd(x, T.Load(p2 + at, h2 + 8), c5);
                c7 = Vector256.FusedMultiplyAdd(x, T.Load(p3 + at, h3 + 8), c7);
                at += 8 * T.ValueBytes;
            }
        }

        c0.Store(c);
        c1.Store(c + 8);
        c2.Store(c + 16);
        c3.Store(c + 24);
        c4.Store(c + 32);
        c5.Store(c + 40);
        c6.Store(c + 48);
        c7.Store(c + 56);
    }
}
