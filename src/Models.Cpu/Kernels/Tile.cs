using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>
/// The innermost loops of matrix products: a few rows by sixteen columns whose sums stay in registers. Machines with 512-bit
/// vectors take more rows at once; each sum is the same chain on both.
/// </summary>
internal static unsafe class Tile
{
    private const int Width = Gemm.PanelWidth;

    /// <summary>Rows of the largest tile.</summary>
    public static int MaxRows { get; } = Vector512.IsHardwareAccelerated ? WideTile.MaxRows : NarrowTile.MaxRows;

    /// <summary>How many of the rows that are left the next tile takes, so that few registers go unused.</summary>
    public static int RowsOf(int left) => Vector512.IsHardwareAccelerated ? WideTile.RowsOf(left) : NarrowTile.RowsOf(left);

    /// <summary>C = A · B or C += A · B for up to <see cref="MaxRows"/> rows; parameters as for <see cref="Gemm.MultiplyPanel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Multiply(float* a, nint aRow, nint aColumn, int rows, in BlockedPanel b, int columns, int inner, float* c, nint cRow, bool add)
    {
        if (columns == Width && (Vector512.IsHardwareAccelerated ? WideTile.IsWhole(rows) : NarrowTile.IsWhole(rows)))
        {
            Sum(a, aRow, aColumn, rows, b, inner, c, cRow, add);
            return;
        }

        var edge = stackalloc float[WideTile.MaxRows * Width];
        if (add) Copy(c, cRow, edge, Width, rows, columns);
        Sum(a, aRow, aColumn, rows, b, inner, edge, Width, add);
        Copy(edge, Width, c, cRow, rows, columns);
    }

    private static void Sum(float* a, nint aRow, nint aColumn, int rows, in BlockedPanel b, int inner, float* c, nint cRow, bool add)
    {
        if (Vector512.IsHardwareAccelerated) WideTile.Sum(a, aRow, aColumn, rows, b, inner, c, cRow, add);
        else NarrowTile.Sum(a, aRow, aColumn, rows, b, inner, c, cRow, add);
    }

    private static void Copy(float* from, nint fromRow, float* to, nint toRow, int rows, int columns)
    {
        for (var i = 0; i < rows; i++, from += fromRow, to += toRow)
        {
            for (var j = 0; j < columns; j++) to[j] = from[j];
        }
    }
}
