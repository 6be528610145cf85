using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>A vector times a packed matrix: what decoding one sequence alone spends its time on. Four panels at once hide the latency of the sums.</summary>
internal static unsafe class SingleRow
{
    private const int PanelsAtOnce = 4;

    // Widened panels of that many rows stay in the level-1 cache.
    private const int RowsWidened = 64;

    /// <summary>c = a · B or c += a · B; parameters as for <see cref="Gemm.Multiply"/>.</summary>
    [SkipLocalsInit]
    public static void Multiply(float* a, Panels b, int n, int inner, float* c, bool add)
    {
        const int Columns = PanelsAtOnce * Gemm.PanelWidth;
        var edge = stackalloc float[Columns];
        var widened = stackalloc float[b.IsHalf ? Columns * RowsWidened : 0];
        var last = (n - 1) / Gemm.PanelWidth;
        var piece = b.IsHalf ? RowsWidened : inner;
        for (var column = 0; column < n; column += Columns)
        {
            var panel = column / Gemm.PanelWidth;
            var columns = Math.Min(Columns, n - column);
            var to = columns == Columns ? c + column : edge;
            if (add && to == edge) new Span<float>(c + column, columns).CopyTo(new Span<float>(edge, columns));
            for (var first = 0; first < inner; first += piece)
            {
                // Missing panels repeat the last one.
                var rows = Math.Min(piece, inner - first);
                FourPanels(a + first, Rows(0), Rows(1), Rows(2), Rows(3), rows, to, add || first > 0);

                float* Rows(int index) => b.Rows(Math.Min(panel + index, last), first, rows, widened + index * RowsWidened * Gemm.PanelWidth);
            }

            if (to == edge) new Span<float>(edge, columns).CopyTo(new Span<float>(c + column, columns));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPanels(float* a, float* p0, float* p1, float* p2, float* p3, int inner, float* c, bool add)
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
        for (var p = 0; p < inner; p++, at += Gemm.PanelWidth)
        {
            var x = Vector256.Create(a[p]);
            c0 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p0 + at), c0);
            c1 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p0 + at + 8), c1);
            c2 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p1 + at), c2);
            c3 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p1 + at + 8), c3);
            c4 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p2 + at), c4);
            c5 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p2 + at + 8), c5);
            c6 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p3 + at), c6);
            c7 = Vector256.FusedMultiplyAdd(x, Vector256.Load(p3 + at + 8), c7);
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
