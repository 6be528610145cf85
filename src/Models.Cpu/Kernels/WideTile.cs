using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>Tiles for 512-bit vectors: one register a row, and enough rows to hide the latency of the sums.</summary>
internal static unsafe class WideTile
{
    public const int MaxRows = 12;

    public static int RowsOf(int left) => left % 12 is 0 or > 8 ? Math.Min(left, 12) : Math.Min(left, 8);

    /// <summary>Whether a tile of that many rows writes no others.</summary>
    public static bool IsWhole(int rows) => rows is 12 or 8;

    /// <summary>Writes whole tiles of sixteen columns; what lies beyond the rows is arbitrary. Parameters as for <see cref="Tile.MultiplyRun"/>.</summary>
    public static void Sum(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel b, int inner, float* c, nint cRow, bool add,
        float* next)
    {
        if (rows > 8) TwelveRows(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
        else EightRows(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
    }

    // Missing rows repeat the last one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwelveRows(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel panel, int inner, float* c, nint cRow,
        bool add, float* next)
    {
        nint fetched = Tile.FetchStep(next, tiles);
        if (next is null) next = a;
        for (; tiles > 0; tiles--, a += aTile, c += 12 * cRow)
        {
            var a0 = a;
            var a1 = rows > 1 ? a0 + aRow : a0;
            var a2 = rows > 2 ? a1 + aRow : a1;
            var a3 = rows > 3 ? a2 + aRow : a2;
            var a4 = rows > 4 ? a3 + aRow : a3;
            var a5 = rows > 5 ? a4 + aRow : a4;
            var a6 = rows > 6 ? a5 + aRow : a5;
            var a7 = rows > 7 ? a6 + aRow : a6;
            var a8 = rows > 8 ? a7 + aRow : a7;
            var a9 = rows > 9 ? a8 + aRow : a8;
            var a10 = rows > 10 ? a9 + aRow : a9;
            var a11 = rows > 11 ? a10 + aRow : a10;
            Vector512<float> c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11;
            if (add)
            {
                c0 = Vector512.Load(c);
                c1 = Vector512.Load(c + cRow);
                c2 = Vector512.Load(c + 2 * cRow);
                c3 = Vector512.Load(c + 3 * cRow);
                c4 = Vector512.Load(c + 4 * cRow);
                c5 = Vector512.Load(c + 5 * cRow);
                c6 = Vector512.Load(c + 6 * cRow);
                c7 = Vector512.Load(c + 7 * cRow);
                c8 = Vector512.Load(c + 8 * cRow);
                c9 = Vector512.Load(c + 9 * cRow);
                c10 = Vector512.Load(c + 10 * cRow);
                c11 = Vector512.Load(c + 11 * cRow);
            }
            else
            {
                c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = c10 = c11 = default;
            }

            nint at = 0;
            var blocks = panel.Blocks;
            for (var left = inner; left > 0; left -= panel.RowsPerBlock)
            {
                var b = (float*)(*blocks++ + panel.Offset);
                for (var count = Math.Min(left, panel.RowsPerBlock); count > 0; count--)
                {
                    var x = Vector512.Load(b);
                    c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a0[at]), x, c0);
                    c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a1[at]), x, c1);
                    c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a2[at]), x, c2);
                    c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a3[at]), x, c3);
                    c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[at]), x, c4);
                    c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a5[at]), x, c5);
                    c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a6[at]), x, c6);
                    c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a7[at]), x, c7);
                    c8 = Vector512.FusedMultiplyAdd(Vector512.Create(a8[at]), x, c8);
                    c9 = Vector512.FusedMultiplyAdd(Vector512.Create(a9[at]), x, c9);
                    c10 = Vector512.FusedMultiplyAdd(Vector512.Create(a10[at]), x, c10);
                    c11 = Vector512.FusedMultiplyAdd(Vector512.Create(a11[at]), x, c11);
                    Tile.Fetch(next);
                    next += fetched;
                    b += panel.RowStride;
                    at += aColumn;
                }
            }

            c0.Store(c);
            c1.Store(c + cRow);
            c2.Store(c + 2 * cRow);
            c3.Store(c + 3 * cRow);
            c4.Store(c + 4 * cRow);
            c5.Store(c + 5 * cRow);
            c6.Store(c + 6 * cRow);
            c7.Store(c + 7 * cRow);
            c8.Store(c + 8 * cRow);
            c9.Store(c + 9 * cRow);
            c10.Store(c + 10 * cRow);
            c11.Store(c + 11 * cRow);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightRows(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel panel, int inner, float* c, nint cRow,
        bool add, float* next)
    {
        nint fetched = Tile.FetchStep(next, tiles);
        if (next is null) next = a;
        for (; tiles > 0; tiles--, a += aTile, c += 8 * cRow)
        {
            var a0 = a;
            var a1 = rows > 1 ? a0 + aRow : a0;
            var a2 = rows > 2 ? a1 + aRow : a1;
            var a3 = rows > 3 ? a2 + aRow : a2;
            var a4 = rows > 4 ? a3 + aRow : a3;
            var a5 = rows > 5 ? a4 + aRow : a4;
            var a6 = rows > 6 ? a5 + aRow : a5;
            var a7 = rows > 7 ? a6 + aRow : a6;
            Vector512<float> c0, c1, c2, c3, c4, c5, c6, c7;
            if (add)
            {
                c0 = Vector512.Load(c);
                c1 = Vector512.Load(c + cRow);
                c2 = Vector512.Load(c + 2 * cRow);
                c3 = Vector512.Load(c + 3 * cRow);
                c4 = Vector512.Load(c + 4 * cRow);
                c5 = Vector512.Load(c + 5 * cRow);
                c6 = Vector512.Load(c + 6 * cRow);
                c7 = Vector512.Load(c + 7 * cRow);
            }
            else
            {
                c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = default;
            }

            nint at = 0;
            var blocks = panel.Blocks;
            for (var left = inner; left > 0; left -= panel.RowsPerBlock)
            {
                var b = (float*)(*blocks++ + panel.Offset);
                for (var count = Math.Min(left, panel.RowsPerBlock); count > 0; count--)
                {
                    var x = Vector512.Load(b);
                    c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a0[at]), x, c0);
                    c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a1[at]), x, c1);
                    c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a2[at]), x, c2);
                    c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a3[at]), x, c3);
                    c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[at]), x, c4);
                    c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a5[at]), x, c5);
                    c6 = Vector512.FusedMultiplyAdd(Vector512.Create(a6[at]), x, c6);
                    c7 = Vector512.FusedMultiplyAdd(Vector512.Create(a7[at]), x, c7);
                    Tile.Fetch(next);
                    next += fetched;
                    b += panel.RowStride;
                    at += aColumn;
                }
            }

            c0.Store(c);
            c1.Store(c + cRow);
            c2.Store(c + 2 * cRow);
            c3.Store(c + 3 * cRow);
            c4.Store(c + 4 * cRow);
            c5.Store(c + 5 * cRow);
            c6.Store(c + 6 * cRow);
            c7.Store(c + 7 * cRow);
        }
    }
}
