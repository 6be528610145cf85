using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>The right-hand side of a matrix product, seen as panels of 16 columns.</summary>
/// <param name="Data">The first panel.</param>
/// <param name="PanelStride">Values from one panel to the next.</param>
/// <param name="RowStride">Values from one row of a panel to the next.</param>
internal readonly record struct Panels(nint Data, nint PanelStride, nint RowStride);

/// <summary>
/// Matrix products in float32. Each output is one chain of fused multiply-adds in the order of the inner index, whatever the
/// number of rows, so a row's result does not depend on what else is in the batch.
/// </summary>
internal static unsafe class Gemm
{
    public const int PanelWidth = 16;

    /// <summary>Rows of A that one tile covers.</summary>
    public const int TileRows = 6;
    private const int BlockRows = 16 * TileRows;

    /// <summary>C = A · B, or C += A · B.</summary>
    /// <param name="a">Element (i, p) lies at <c>a[i * aRow + p * aColumn]</c>.</param>
    /// <param name="aRow">Values from one row of A to the next.</param>
    /// <param name="aColumn">Values from one column of A to the next.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="b">B in panels of inner rows.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">C in row-major order.</param>
    /// <param name="cRow">Values from one row of C to the next.</param>
    /// <param name="add">Whether the product is added to C.</param>
    [SkipLocalsInit]
    public static void Multiply(float* a, nint aRow, nint aColumn, int m, Panels b, int n, int inner, float* c, nint cRow, bool add)
    {
        var edge = stackalloc float[TileRows * PanelWidth];
        var panels = (n + PanelWidth - 1) / PanelWidth;
        for (var block = 0; block < m; block += BlockRows)
        {
            var blockEnd = Math.Min(m, block + BlockRows);
            for (var panel = 0; panel < panels; panel++)
            {
                var columns = Math.Min(PanelWidth, n - panel * PanelWidth);
                var bPanel = (float*)b.Data + panel * b.PanelStride;
                for (var i = block; i < blockEnd; i += TileRows)
                {
                    Tile(a + i * aRow, aRow, aColumn, Math.Min(TileRows, m - i), bPanel, b.RowStride, inner,
                        c + i * cRow + panel * PanelWidth, cRow, columns, add, edge);
                }
            }
        }
    }

    /// <summary>C += A · B, with A in tiles of <see cref="TileRows"/> rows [tiles, inner, <see cref="TileRows"/>].</summary>
    [SkipLocalsInit]
    public static void MultiplyTiles(float* a, int m, Panels b, int n, int inner, float* c, nint cRow)
    {
        var edge = stackalloc float[TileRows * PanelWidth];
        var panels = (n + PanelWidth - 1) / PanelWidth;
        for (var panel = 0; panel < panels; panel++)
        {
            var columns = Math.Min(PanelWidth, n - panel * PanelWidth);
            for (var i = 0; i < m; i += TileRows)
            {
                Tile(a + (nint)i * inner, 1, TileRows, Math.Min(TileRows, m - i), (float*)b.Data + panel * b.PanelStride, b.RowStride, inner,
                    c + i * cRow + panel * PanelWidth, cRow, columns, add: true, edge);
            }
        }
    }

    // Twelve accumulators, two columns of B and one broadcast fit the sixteen vector registers of AVX2. Missing rows repeat the
    // last one and are not stored.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* a, nint aRow, nint aColumn, int rows, float* b, nint bRow, int inner, float* c, nint cRow, int columns, bool add, float* edge)
    {
        var a0 = a;
        var a1 = a + Math.Min(1, rows - 1) * aRow;
        var a2 = a + Math.Min(2, rows - 1) * aRow;
        var a3 = a + Math.Min(3, rows - 1) * aRow;
        var a4 = a + Math.Min(4, rows - 1) * aRow;
        var a5 = a + Math.Min(5, rows - 1) * aRow;
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        nint at = 0;
        for (var p = 0; p < inner; p++)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            var x = Vector256.Create(a0[at]);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(a1[at]);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(a2[at]);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(a3[at]);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
            x = Vector256.Create(a4[at]);
            c40 = Vector256.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector256.FusedMultiplyAdd(x, b1, c41);
            x = Vector256.Create(a5[at]);
            c50 = Vector256.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector256.FusedMultiplyAdd(x, b1, c51);
            b += bRow;
            at += aColumn;
        }

        // No call may follow while the accumulators live: a call would make the compiler keep them in memory all along.
        var whole = rows == TileRows && columns == PanelWidth;
        var to = whole ? c : edge;
        var toRow = whole ? cRow : PanelWidth;
        if (whole && add)
        {
            c00 += Vector256.Load(c);
            c01 += Vector256.Load(c + 8);
            c10 += Vector256.Load(c + cRow);
            c11 += Vector256.Load(c + cRow + 8);
            c20 += Vector256.Load(c + 2 * cRow);
            c21 += Vector256.Load(c + 2 * cRow + 8);
            c30 += Vector256.Load(c + 3 * cRow);
            c31 += Vector256.Load(c + 3 * cRow + 8);
            c40 += Vector256.Load(c + 4 * cRow);
            c41 += Vector256.Load(c + 4 * cRow + 8);
            c50 += Vector256.Load(c + 5 * cRow);
            c51 += Vector256.Load(c + 5 * cRow + 8);
        }

        c00.Store(to);
        c01.Store(to + 8);
        c10.Store(to + toRow);
        c11.Store(to + toRow + 8);
        c20.Store(to + 2 * toRow);
        c21.Store(to + 2 * toRow + 8);
        c30.Store(to + 3 * toRow);
        c31.Store(to + 3 * toRow + 8);
        c40.Store(to + 4 * toRow);
        c41.Store(to + 4 * toRow + 8);
        c50.Store(to + 5 * toRow);
        c51.Store(to + 5 * toRow + 8);
        if (!whole) StoreEdge(edge, c, cRow, rows, columns, add);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreEdge(float* edge, float* c, nint cRow, int rows, int columns, bool add)
    {
        for (var i = 0; i < rows; i++, edge += PanelWidth, c += cRow)
        {
            for (var j = 0; j < columns; j++) c[j] = add ? c[j] + edge[j] : edge[j];
        }
    }
}
