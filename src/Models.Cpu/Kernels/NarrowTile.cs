using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AgentTeams.Models;

/// <summary>
/// Tiles for 256-bit vectors: the sums fill twelve of the sixteen registers of AVX2. No call may happen while they do: it would
/// make the compiler keep them in memory all along.
/// </summary>
internal static unsafe class NarrowTile
{
    public const int MaxRows = 6;

    public static int RowsOf(int left) => left % 6 is 0 or 5 ? Math.Min(left, 6) : Math.Min(left, 4);

    /// <summary>Whether a tile of that many rows writes no others.</summary>
    public static bool IsWhole(int rows) => rows is 6 or 4;

    /// <summary>Writes whole tiles of sixteen columns; what lies beyond the rows is arbitrary. Parameters as for <see cref="Tile.MultiplyRun"/>.</summary>
    public static void Sum(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel b, int inner, float* c, nint cRow, bool add,
        float* next)
    {
        if (rows > 4) SixRows(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
        else FourRows(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
    }

    // Missing rows repeat the last one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixRows(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel panel, int inner, float* c, nint cRow,
        bool add, float* next)
    {
        nint fetched = Tile.FetchStep(next, tiles);
        if (next is null) next = a;
        for (; tiles > 0; tiles--, a += aTile, c += 6 * cRow)
        {
            var a0 = a;
            var a1 = a + aRow;
            var a2 = a1 + aRow;
            var a3 = a2 + aRow;
            var a4 = a3 + aRow;
            var a5 = rows == 6 ? a4 + aRow : a4;
            Vector256<float> c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51;
            if (add)
            {
                c00 = Vector256.Load(c);
                c01 = Vector256.Load(c + 8);
                c10 = Vector256.Load(c + cRow);
                c11 = Vector256.Load(c + cRow + 8);
                c20 = Vector256.Load(c + 2 * cRow);
                c21 = Vector256.Load(c + 2 * cRow + 8);
                c30 = Vector256.Load(c + 3 * cRow);
                c31 = Vector256.Load(c + 3 * cRow + 8);
                c40 = Vector256.Load(c + 4 * cRow);
                c41 = Vector256.Load(c + 4 * cRow + 8);
                c50 = Vector256.Load(c + 5 * cRow);
                c51 = Vector256.Load(c + 5 * cRow + 8);
            }
            else
            {
                // What is written at the end is often not in any cache, and stores that wait for memory hold up the next tile.
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(c);
                    Sse.Prefetch0(c + cRow);
                    Sse.Prefetch0(c + 2 * cRow);
                    Sse.Prefetch0(c + 3 * cRow);
                    Sse.Prefetch0(c + 4 * cRow);
                    Sse.Prefetch0(c + 5 * cRow);
                }

                c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = default;
            }

            nint at = 0;
            var blocks = panel.Blocks;
            var bRow = panel.RowStride;
            for (var left = inner; left > 0; left -= panel.RowsPerBlock)
            {
                var b = (float*)(*blocks++ + panel.Offset);
                for (var count = Math.Min(left, panel.RowsPerBlock); count > 0; count--)
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
                    Tile.Fetch(next);
                    next += fetched;
                    b += bRow;
                    at += aColumn;
                }
            }

            c00.Store(c);
            c01.Store(c + 8);
            c10.Store(c + cRow);
            c11.Store(c + cRow + 8);
            c20.Store(c + 2 * cRow);
            c21.Store(c + 2 * cRow + 8);
            c30.Store(c + 3 * cRow);
            c31.Store(c + 3 * cRow + 8);
            c40.Store(c + 4 * cRow);
            c41.Store(c + 4 * cRow + 8);
            c50.Store(c + 5 * cRow);
            c51.Store(c + 5 * cRow + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel panel, int inner, float* c, nint cRow,
        bool add, float* next)
    {
        nint fetched = Tile.FetchStep(next, tiles);
        if (next is null) next = a;
        for (; tiles > 0; tiles--, a += aTile, c += 4 * cRow)
        {
            var a0 = a;
            var a1 = rows > 1 ? a0 + aRow : a0;
            var a2 = rows > 2 ? a1 + aRow : a1;
            var a3 = rows > 3 ? a2 + aRow : a2;
            Vector256<float> c00, c01, c10, c11, c20, c21, c30, c31;
            if (add)
            {
                c00 = Vector256.Load(c);
                c01 = Vector256.Load(c + 8);
                c10 = Vector256.Load(c + cRow);
                c11 = Vector256.Load(c + cRow + 8);
                c20 = Vector256.Load(c + 2 * cRow);
                c21 = Vector256.Load(c + 2 * cRow + 8);
                c30 = Vector256.Load(c + 3 * cRow);
                c31 = Vector256.Load(c + 3 * cRow + 8);
            }
            else
            {
                c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = default;
            }

            nint at = 0;
            var blocks = panel.Blocks;
            var bRow = panel.RowStride;
            for (var left = inner; left > 0; left -= panel.RowsPerBlock)
            {
                var b = (float*)(*blocks++ + panel.Offset);
                for (var count = Math.Min(left, panel.RowsPerBlock); count > 0; count--)
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
                    Tile.Fetch(next);
                    next += fetched;
                    b += bRow;
                    at += aColumn;
                }
            }

            c00.Store(c);
            c01.Store(c + 8);
            c10.Store(c + cRow);
            c11.Store(c + cRow + 8);
            c20.Store(c + 2 * cRow);
            c21.Store(c + 2 * cRow + 8);
            c30.Store(c + 3 * cRow);
            c31.Store(c + 3 * cRow + 8);
        }
    }
}
