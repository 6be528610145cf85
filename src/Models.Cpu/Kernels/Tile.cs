using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AgentTeams.Models;

/// <summary>
/// The innermost loops of matrix products: a few rows by sixteen columns whose sums stay in registers. Machines with 512-bit
/// vectors take more rows at once; each sum is the same chain on both.
/// </summary>
internal static unsafe class Tile
{
    private const int Width = Gemm.PanelWidth;

    /// <summary>Rows of the largest tile.</summary>
    public static int MaxRows { get; } = Vector512.IsHardwareAccelerated ? WideTile.MaxRows : NarrowTile.MaxRows;

    /// <summary>Whether tiles of two panels are the faster ones.</summary>
    public static bool HasPairs { get; } = Vector512.IsHardwareAccelerated;

    /// <summary>How many of the rows that are left the next tile takes, so that few registers go unused.</summary>
    public static int RowsOf(int left) => Vector512.IsHardwareAccelerated ? WideTile.RowsOf(left) : NarrowTile.RowsOf(left);

    /// <summary>C = A · B or C += A · B for up to <see cref="MaxRows"/> rows; parameters as for <see cref="Gemm.MultiplyPanel"/>.</summary>
    public static void Multiply(float* a, nint aRow, nint aColumn, int rows, in BlockedPanel b, int columns, int inner, float* c, nint cRow, bool add) =>
        MultiplyRun(a, aRow, aColumn, 0, rows, 1, b, columns, inner, c, cRow, add, null);

    /// <summary>Equal tiles below each other.</summary>
    /// <param name="a">A of the first tile: element (i, p) lies at <c>a[i * aRow + p * aColumn]</c>.</param>
    /// <param name="aRow">Values from one row of A to the next.</param>
    /// <param name="aColumn">Values from one column of A to the next.</param>
    /// <param name="aTile">Values from the A of one tile to that of the next.</param>
    /// <param name="rows">Rows of a tile, at most <see cref="MaxRows"/>.</param>
    /// <param name="tiles">How many tiles.</param>
    /// <param name="b">The panel.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">C in row-major order.</param>
    /// <param name="cRow">Values from one row of C to the next.</param>
    /// <param name="add">Whether the product is added to C.</param>
    /// <param name="next">A panel of as many rows that is fetched meanwhile; null for none.</param>
    public static void MultiplyRun(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel b, int columns, int inner, float* c,
        nint cRow, bool add, float* next)
    {
        if (columns == Width && (Vector512.IsHardwareAccelerated ? WideTile.IsWhole(rows) : NarrowTile.IsWhole(rows)))
        {
            Sum(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
            return;
        }

        for (; tiles > 0; tiles--, a += aTile, c += rows * cRow) MultiplyEdge(a, aRow, aColumn, rows, b, columns, inner, c, cRow, add);
    }

    /// <summary>
    /// How far to go in the next panel with each row of this one, so that some tiles cover it. Lines are fetched singly between
    /// the products, because many at once would hold up the loads of the tile itself.
    /// </summary>
    public static int FetchStep(float* next, int tiles) => next is null ? 0 : Math.Max(1, Width / tiles);

    /// <summary>Moves a cache line nearer that is needed soon, where the machine can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(float* line)
    {
        if (Sse.IsSupported) Sse.Prefetch1(line);
    }

    [SkipLocalsInit]
    private static void MultiplyEdge(float* a, nint aRow, nint aColumn, int rows, in BlockedPanel b, int columns, int inner, float* c, nint cRow, bool add)
    {
        var edge = stackalloc float[WideTile.MaxRows * Width];
        if (add) Copy(c, cRow, edge, Width, rows, columns);
        Sum(a, aRow, aColumn, 0, rows, 1, b, inner, edge, Width, add, null);
        Copy(edge, Width, c, cRow, rows, columns);
    }

    private static void Sum(float* a, nint aRow, nint aColumn, nint aTile, int rows, int tiles, in BlockedPanel b, int inner, float* c, nint cRow, bool add,
        float* next)
    {
        if (Vector512.IsHardwareAccelerated) WideTile.Sum(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
        else NarrowTile.Sum(a, aRow, aColumn, aTile, rows, tiles, b, inner, c, cRow, add, next);
    }

    private static void Copy(float* from, nint fromRow, float* to, nint toRow, int rows, int columns)
    {
        for (var i = 0; i < rows; i++, from += fromRow, to += toRow)
        {
            for (var j = 0; j < columns; j++) to[j] = from[j];
        }
    }
}
