using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>
/// Matrix products in float32. Each output is one chain of fused multiply-adds in the order of the inner index, whatever the
/// number of rows, so a row's result does not depend on what else is in the batch.
/// </summary>
internal static unsafe class Gemm
{
    public const int PanelWidth = 16;

    // A piece of a panel stays in the level-1 cache while a block of rows passes by, and that block in level 2 while all panels do.
    private const int MaxBlockRows = 132;
    private const int MaxInner = 384;

    // Rows that begin a multiple of 4 KiB apart compete for few cache sets.
    private const int AliasedRow = 1024;
    private const int SpreadRow = MaxInner + PanelWidth;

    [ThreadStatic]
    private static FloatBuffer? s_spread;

    /// <summary>C = A · B, or C += A · B, where the chain of each output begins with what C holds.</summary>
    /// <param name="a">A in row-major order.</param>
    /// <param name="aRow">Values from one row of A to the next.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="b">B in panels of inner rows.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">C in row-major order.</param>
    /// <param name="cRow">Values from one row of C to the next.</param>
    /// <param name="add">Whether the product is added to C.</param>
    [SkipLocalsInit]
    public static void Multiply(float* a, nint aRow, int m, Panels b, int n, int inner, float* c, nint cRow, bool add)
    {
        if (m == 1)
        {
            SingleRow.Multiply(a, b, n, inner, c, add);
            return;
        }

        var widened = stackalloc float[b.IsFloat32 ? 0 : 2 * MaxInner * PanelWidth];
        var pieces = (inner + MaxInner - 1) / MaxInner;
        // Equal blocks: a last one of few rows would read all panels for little.
        var blocks = (m + MaxBlockRows - 1) / MaxBlockRows;
        var blockRows = (m + blocks * Tile.MaxRows - 1) / (blocks * Tile.MaxRows) * Tile.MaxRows;
        for (var block = 0; block < m; block += blockRows)
        {
            var rows = Math.Min(blockRows, m - block);
            for (var piece = 0; piece < pieces; piece++)
            {
                var (first, end) = (inner * piece / pieces, inner * (piece + 1) / pieces);
                var from = a + block * aRow + first;
                var fromRow = aRow;
                if (aRow % AliasedRow == 0)
                {
                    from = Spread(from, aRow, rows, end - first);
                    fromRow = SpreadRow;
                }

                var columns = 0;
                if (Tile.HasPairs && rows >= WidePairTile.FewRows)
                {
                    columns = n / WidePairTile.Columns * WidePairTile.Columns;
                    MultiplyPairs(from, fromRow, 1, WidePairTile.Rows * fromRow, rows, b, first, columns, end - first, c + block * cRow, cRow,
                        add || piece > 0, widened);
                }

                for (var column = columns; column < n; column += PanelWidth)
                {
                    var data = (nint)b.Rows(column / PanelWidth, first, end - first, widened);
                    var panel = new BlockedPanel(&data, 0, int.MaxValue, PanelWidth);
                    var next = column + PanelWidth < n && b.IsFloat32 ? b.Rows(column / PanelWidth + 1, first, end - first, null) : null;
                    MultiplyPanel(from, fromRow, 1, rows, panel, Math.Min(PanelWidth, n - column), end - first, c + block * cRow + column, cRow,
                        add || piece > 0, next);
                }
            }
        }
    }

    // Two panels at once for whole tiles, and one after the other for the rows that are left.
    private static void MultiplyPairs(float* a, nint aRow, nint aColumn, nint aTile, int m, Panels b, int first, int columns, int inner, float* c, nint cRow, bool add,
        float* widened)
    {
        var (tiles, rest) = Math.DivRem(m, WidePairTile.Rows);
        var few = rest / WidePairTile.FewRows;
        if (few == 0 && rest >= 2 * WidePairTile.FewRows - WidePairTile.Rows && tiles > 0 && aTile == WidePairTile.Rows * aRow)
            (tiles, few) = (tiles - 1, 2);
        var paired = tiles * WidePairTile.Rows + few * WidePairTile.FewRows;
        for (var column = 0; column < columns; column += WidePairTile.Columns)
        {
            var left = b.Rows(column / PanelWidth, first, inner, widened);
            var right = b.Rows(column / PanelWidth + 1, first, inner, widened + MaxInner * PanelWidth);
            WidePairTile.Sum(a, aRow, aColumn, aTile, tiles, left, (nint)right - (nint)left, inner, c + column, cRow, add);
            WidePairTile.SumFew(a + tiles * aTile, aRow, aColumn, WidePairTile.FewRows * aRow, few, left, (nint)right - (nint)left, inner,
                c + (nint)tiles * WidePairTile.Rows * cRow + column, cRow, add);
            for (var panel = 0; panel < 2 && paired < m; panel++)
            {
                var data = (nint)(panel == 0 ? left : right);
                MultiplyPanel(a + tiles * aTile + few * WidePairTile.FewRows * aRow, aRow, aColumn, m - paired, new BlockedPanel(&data, 0, int.MaxValue, PanelWidth), PanelWidth, inner,
                    c + (nint)paired * cRow + column + panel * PanelWidth, cRow, add);
            }
        }
    }

    private static float* Spread(float* a, nint aRow, int rows, int columns)
    {
        var to = (s_spread ??= new FloatBuffer()).Ensure(MaxBlockRows * SpreadRow);
        for (nint i = 0; i < rows; i++) Unsafe.CopyBlock(to + i * SpreadRow, a + i * aRow, (uint)columns * sizeof(float));
        return to;
    }

    /// <summary>C = A · B, or C += A · B, for one panel of B.</summary>
    /// <param name="a">Element (i, p) lies at <c>a[i * aRow + p * aColumn]</c>.</param>
    /// <param name="aRow">Values from one row of A to the next.</param>
    /// <param name="aColumn">Values from one column of A to the next.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="b">The panel.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">C in row-major order.</param>
    /// <param name="cRow">Values from one row of C to the next.</param>
    /// <param name="add">Whether the product is added to C.</param>
    /// <param name="next">The panel that will be needed next, which is fetched meanwhile; null for none.</param>
    public static void MultiplyPanel(float* a, nint aRow, nint aColumn, int m, in BlockedPanel b, int columns, int inner, float* c, nint cRow, bool add,
        float* next = null)
    {
        for (var i = 0; i < m;)
        {
            // A call a tile would cost a few percent.
            var rows = Tile.RowsOf(m - i);
            var tiles = rows == Tile.MaxRows ? (m - i) / rows : 1;
            Tile.MultiplyRun(a + i * aRow, aRow, aColumn, rows * aRow, rows, tiles, b, columns, inner, c + i * cRow, cRow, add,
                rows == Tile.MaxRows || i + rows == m ? next : null);
            i += rows * tiles;
        }
    }

    /// <summary>C += A · B, with A in tiles of <see cref="Tile.MaxRows"/> rows [tiles, inner, <see cref="Tile.MaxRows"/>] and B in float32.</summary>
    public static void MultiplyTiles(float* a, int m, Panels b, int n, int inner, float* c, nint cRow)
    {
        var columns = Tile.HasPairs && m >= WidePairTile.FewRows ? n / WidePairTile.Columns * WidePairTile.Columns : 0;
        MultiplyPairs(a, 1, Tile.MaxRows, (nint)inner * Tile.MaxRows, m, b, 0, columns, inner, c, cRow, add: true, null);
        for (var column = columns; column < n; column += PanelWidth)
        {
            var data = (nint)b.Rows(column / PanelWidth, 0, inner, null);
            var panel = new BlockedPanel(&data, 0, int.MaxValue, PanelWidth);
            var (whole, rest) = (m / Tile.MaxRows, m % Tile.MaxRows);
            nint tile = (nint)inner * Tile.MaxRows;
            Tile.MultiplyRun(a, 1, Tile.MaxRows, tile, Tile.MaxRows, whole, panel, Math.Min(PanelWidth, n - column), inner, c + column, cRow, add: true, null);
            if (rest == 0) continue;
            Tile.Multiply(a + whole * tile, 1, Tile.MaxRows, rest, panel, Math.Min(PanelWidth, n - column), inner,
                c + (nint)whole * Tile.MaxRows * cRow + column, cRow, add: true);
        }
    }
}
