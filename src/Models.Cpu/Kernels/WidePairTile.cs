using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>
/// Twelve rows by two panels for 512-bit vectors: a value of A that was loaded serves two sums, so loads keep up where a machine
/// has two units for such vectors. Each sum is the same chain as in other tiles.
/// </summary>
internal static unsafe class WidePairTile
{
    public const int Rows = WideTile.MaxRows;

    /// <summary>Rows of the smaller tile, for what the larger leaves.</summary>
    public const int FewRows = 8;

    public const int Columns = 2 * Gemm.PanelWidth;

    /// <summary>C = A · B or C += A · B for whole tiles below each other; parameters as for <see cref="Tile.MultiplyRun"/>.</summary>
    /// <param name="a">A of the first tile.</param>
    /// <param name="aRow">Values from one row of A to the next.</param>
    /// <param name="aColumn">Values from one column of A to the next.</param>
    /// <param name="aTile">Values from the A of one tile to that of the next.</param>
    /// <param name="tiles">How many tiles.</param>
    /// <param name="left">The first panel of B.</param>
    /// <param name="right">Bytes from there to the second.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">C in row-major order.</param>
    /// <param name="cRow">Values from one row of C to the next.</param>
    /// <param name="add">Whether the product is added to C.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* a, nint aRow, nint aColumn, nint aTile, int tiles, float* left, nint right, int inner, float* c, nint cRow, bool add)
    {
        // Three rows share a pointer: twelve would not fit into the registers.
        var (row, column) = (aRow * sizeof(float), aColumn * sizeof(float));
        for (; tiles > 0; tiles--, a += aTile, c += Rows * cRow)
        {
            Vector512<float> l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11;
            Vector512<float> r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11;
            if (add)
            {
                l0 = Vector512.Load(c);
                r0 = Vector512.Load(c + 16);
                l1 = Vector512.Load(c + cRow);
                r1 = Vector512.Load(c + cRow + 16);
                l2 = Vector512.Load(c + 2 * cRow);
                r2 = Vector512.Load(c + 2 * cRow + 16);
                l3 = Vector512.Load(c + 3 * cRow);
                r3 = Vector512.Load(c + 3 * cRow + 16);
                l4 = Vector512.Load(c + 4 * cRow);
                r4 = Vector512.Load(c + 4 * cRow + 16);
                l5 = Vector512.Load(c + 5 * cRow);
                r5 = Vector512.Load(c + 5 * cRow + 16);
                l6 = Vector512.Load(c + 6 * cRow);
                r6 = Vector512.Load(c + 6 * cRow + 16);
                l7 = Vector512.Load(c + 7 * cRow);
                r7 = Vector512.Load(c + 7 * cRow + 16);
                l8 = Vector512.Load(c + 8 * cRow);
                r8 = Vector512.Load(c + 8 * cRow + 16);
                l9 = Vector512.Load(c + 9 * cRow);
                r9 = Vector512.Load(c + 9 * cRow + 16);
                l10 = Vector512.Load(c + 10 * cRow);
                r10 = Vector512.Load(c + 10 * cRow + 16);
                l11 = Vector512.Load(c + 11 * cRow);
                r11 = Vector512.Load(c + 11 * cRow + 16);
            }
            else
            {
                l0 = l1 = l2 = l3 = l4 = l5 = l6 = l7 = l8 = l9 = l10 = l11 = default;
                r0 = r1 = r2 = r3 = r4 = r5 = r6 = r7 = r8 = r9 = r10 = r11 = default;
            }

            byte* a0 = (byte*)a, b = (byte*)left;
            byte* a3 = a0 + 3 * row, a6 = a3 + 3 * row, a9 = a6 + 3 * row;
            for (var count = inner; count > 0; count--)
            {
                var x = Vector512.Load((float*)b);
                var y = Vector512.Load((float*)(b + right));
                var z = Vector512.Create(*(float*)a0);
                l0 = Vector512.FusedMultiplyAdd(z, x, l0);
                r0 = Vector512.FusedMultiplyAdd(z, y, r0);
                z = Vector512.Create(*(float*)(a0 + row));
                l1 = Vector512.FusedMultiplyAdd(z, x, l1);
                r1 = Vector512.FusedMultiplyAdd(z, y, r1);
                z = Vector512.Create(*(float*)(a0 + 2 * row));
                l2 = Vector512.FusedMultiplyAdd(z, x, l2);
                r2 = Vector512.FusedMultiplyAdd(z, y, r2);
                z = Vector512.Create(*(float*)a3);
                l3 = Vector512.FusedMultiplyAdd(z, x, l3);
                r3 = Vector512.FusedMultiplyAdd(z, y, r3);
                z = Vector512.Create(*(float*)(a3 + row));
                l4 = Vector512.FusedMultiplyAdd(z, x, l4);
                r4 = Vector512.FusedMultiplyAdd(z, y, r4);
                z = Vector512.Create(*(float*)(a3 + 2 * row));
                l5 = Vector512.FusedMultiplyAdd(z, x, l5);
                r5 = Vector512.FusedMultiplyAdd(z, y, r5);
                z = Vector512.Create(*(float*)a6);
                l6 = Vector512.FusedMultiplyAdd(z, x, l6);
                r6 = Vector512.FusedMultiplyAdd(z, y, r6);
                z = Vector512.Create(*(float*)(a6 + row));
                l7 = Vector512.FusedMultiplyAdd(z, x, l7);
                r7 = Vector512.FusedMultiplyAdd(z, y, r7);
                z = Vector512.Create(*(float*)(a6 + 2 * row));
                l8 = Vector512.FusedMultiplyAdd(z, x, l8);
                r8 = Vector512.FusedMultiplyAdd(z, y, r8);
                z = Vector512.Create(*(float*)a9);
                l9 = Vector512.FusedMultiplyAdd(z, x, l9);
                r9 = Vector512.FusedMultiplyAdd(z, y, r9);
                z = Vector512.Create(*(float*)(a9 + row));
                l10 = Vector512.FusedMultiplyAdd(z, x, l10);
                r10 = Vector512.FusedMultiplyAdd(z, y, r10);
                z = Vector512.Create(*(float*)(a9 + 2 * row));
                l11 = Vector512.FusedMultiplyAdd(z, x, l11);
                r11 = Vector512.FusedMultiplyAdd(z, y, r11);
                b += Gemm.PanelWidth * sizeof(float);
                a0 += column;
                a3 += column;
                a6 += column;
                a9 += column;
            }

            l0.Store(c);
            r0.Store(c + 16);
            l1.Store(c + cRow);
            r1.Store(c + cRow + 16);
            l2.Store(c + 2 * cRow);
            r2.Store(c + 2 * cRow + 16);
            l3.Store(c + 3 * cRow);
            r3.Store(c + 3 * cRow + 16);
            l4.Store(c + 4 * cRow);
            r4.Store(c + 4 * cRow + 16);
            l5.Store(c + 5 * cRow);
            r5.Store(c + 5 * cRow + 16);
            l6.Store(c + 6 * cRow);
            r6.Store(c + 6 * cRow + 16);
            l7.Store(c + 7 * cRow);
            r7.Store(c + 7 * cRow + 16);
            l8.Store(c + 8 * cRow);
            r8.Store(c + 8 * cRow + 16);
            l9.Store(c + 9 * cRow);
            r9.Store(c + 9 * cRow + 16);
            l10.Store(c + 10 * cRow);
            r10.Store(c + 10 * cRow + 16);
            l11.Store(c + 11 * cRow);
            r11.Store(c + 11 * cRow + 16);
        }
    }

    /// <summary>The same for tiles of <see cref="FewRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumFew(float* a, nint aRow, nint aColumn, nint aTile, int tiles, float* left, nint right, int inner, float* c, nint cRow, bool add)
    {
        var (row, column) = (aRow * sizeof(float), aColumn * sizeof(float));
        for (; tiles > 0; tiles--, a += aTile, c += FewRows * cRow)
        {
            Vector512<float> l0, l1, l2, l3, l4, l5, l6, l7;
            Vector512<float> r0, r1, r2, r3, r4, r5, r6, r7;
            if (add)
            {
                l0 = Vector512.Load(c);
                r0 = Vector512.Load(c + 16);
                l1 = Vector512.Load(c + cRow);
                r1 = Vector512.Load(c + cRow + 16);
                l2 = Vector512.Load(c + 2 * cRow);
                r2 = Vector512.Load(c + 2 * cRow + 16);
                l3 = Vector512.Load(c + 3 * cRow);
                r3 = Vector512.Load(c + 3 * cRow + 16);
                l4 = Vector512.Load(c + 4 * cRow);
                r4 = Vector512.Load(c + 4 * cRow + 16);
                l5 = Vector512.Load(c + 5 * cRow);
                r5 = Vector512.Load(c + 5 * cRow + 16);
                l6 = Vector512.Load(c + 6 * cRow);
                r6 = Vector512.Load(c + 6 * cRow + 16);
                l7 = Vector512.Load(c + 7 * cRow);
                r7 = Vector512.Load(c + 7 * cRow + 16);
            }
            else
            {
                l0 = l1 = l2 = l3 = l4 = l5 = l6 = l7 = default;
                r0 = r1 = r2 = r3 = r4 = r5 = r6 = r7 = default;
            }

            byte* a0 = (byte*)a, b = (byte*)left;
            byte* a3 = a0 + 3 * row, a6 = a3 + 3 * row;
            for (var count = inner; count > 0; count--)
            {
                var x = Vector512.Load((float*)b);
                var y = Vector512.Load((float*)(b + right));
                var z = Vector512.Create(*(float*)a0);
                l0 = Vector512.FusedMultiplyAdd(z, x, l0);
                r0 = Vector512.FusedMultiplyAdd(z, y, r0);
                z = Vector512.Create(*(float*)(a0 + row));
                l1 = Vector512.FusedMultiplyAdd(z, x, l1);
                r1 = Vector512.FusedMultiplyAdd(z, y, r1);
                z = Vector512.Create(*(float*)(a0 + 2 * row));
                l2 = Vector512.FusedMultiplyAdd(z, x, l2);
                r2 = Vector512.FusedMultiplyAdd(z, y, r2);
                z = Vector512.Create(*(float*)a3);
                l3 = Vector512.FusedMultiplyAdd(z, x, l3);
                r3 = Vector512.FusedMultiplyAdd(z, y, r3);
                z = Vector512.Create(*(float*)(a3 + row));
                l4 = Vector512.FusedMultiplyAdd(z, x, l4);
                r4 = Vector512.FusedMultiplyAdd(z, y, r4);
                z = Vector512.Create(*(float*)(a3 + 2 * row));
                l5 = Vector512.FusedMultiplyAdd(z, x, l5);
                r5 = Vector512.FusedMultiplyAdd(z, y, r5);
                z = Vector512.Create(*(float*)a6);
                l6 = Vector512.FusedMultiplyAdd(z, x, l6);
                r6 = Vector512.FusedMultiplyAdd(z, y, r6);
                z = Vector512.Create(*(float*)(a6 + row));
                l7 = Vector512.FusedMultiplyAdd(z, x, l7);
                r7 = Vector512.FusedMultiplyAdd(z, y, r7);
                b += Gemm.PanelWidth * sizeof(float);
                a0 += column;
                a3 += column;
                a6 += column;
            }

            l0.Store(c);
            r0.Store(c + 16);
            l1.Store(c + cRow);
            r1.Store(c + cRow + 16);
            l2.Store(c + 2 * cRow);
            r2.Store(c + 2 * cRow + 16);
            l3.Store(c + 3 * cRow);
            r3.Store(c + 3 * cRow + 16);
            l4.Store(c + 4 * cRow);
            r4.Store(c + 4 * cRow + 16);
            l5.Store(c + 5 * cRow);
            r5.Store(c + 5 * cRow + 16);
            l6.Store(c + 6 * cRow);
            r6.Store(c + 6 * cRow + 16);
            l7.Store(c + 7 * cRow);
            r7.Store(c + 7 * cRow + 16);
        }
    }
}
