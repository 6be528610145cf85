namespace AgentTeams.Tests;

/// <summary>The tiles for both vector widths; one of them is emulated on any machine, which changes its speed only.</summary>
public sealed unsafe class TileTests
{
    [Theory]
    [InlineData(1, 5, false)]
    [InlineData(4, 33, true)]
    [InlineData(6, 64, true)]
    public void Sum_WideAndNarrow_GiveEqualBits(int rows, int inner, bool add)
    {
        var (a, b) = (Random(rows * inner, 1), Random(inner * 16, 2));
        Assert.Equal(Multiply(a, b, rows, inner, add, wide: false), Multiply(a, b, rows, inner, add, wide: true));
    }

    [Theory]
    [InlineData(7, 40)]
    [InlineData(11, 17)]
    [InlineData(12, 64)]
    public void Sum_WideRows_EqualOneRowAtATime(int rows, int inner)
    {
        var (a, b) = (Random(rows * inner, 3), Random(inner * 16, 4));
        var expected = Enumerable.Range(0, rows).SelectMany(r => Multiply(a[(r * inner)..((r + 1) * inner)], b, 1, inner, add: false, wide: false));
        Assert.Equal(expected, Multiply(a, b, rows, inner, add: false, wide: true));
    }

    [Theory]
    [InlineData(1, 1, false, false)]
    [InlineData(2, 40, true, false)]
    [InlineData(3, 17, false, false)]
    [InlineData(1, 1, false, true)]
    [InlineData(2, 40, true, true)]
    public void Sum_TwoPanels_EqualNarrowTilesOfOneRow(int tiles, int inner, bool add, bool few)
    {
        var height = few ? WidePairTile.FewRows : WidePairTile.Rows;
        var rows = tiles * height;
        var (a, left, right) = (Random(rows * inner, 5), Random(inner * 16, 6), Random(inner * 16, 7));
        var (b, c) = ((float[])[.. left, .. right], new float[rows * WidePairTile.Columns]);
        Array.Fill(c, 0.25f);
        fixed (float* pa = a, pb = b, pc = c)
        {
            if (few) WidePairTile.SumFew(pa, inner, 1, height * inner, tiles, pb, inner * 16 * sizeof(float), inner, pc, WidePairTile.Columns, add);
            else WidePairTile.Sum(pa, inner, 1, height * inner, tiles, pb, inner * 16 * sizeof(float), inner, pc, WidePairTile.Columns, add);
        }

        var expected = Enumerable.Range(0, rows).SelectMany(r =>
        {
            var row = a[(r * inner)..((r + 1) * inner)];
            return Multiply(row, left, 1, inner, add, wide: false).Concat(Multiply(row, right, 1, inner, add, wide: false));
        });
        Assert.Equal(expected, c);
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static float[] Multiply(float[] a, float[] b, int rows, int inner, bool add, bool wide)
    {
        var c = new float[WideTile.MaxRows * Gemm.PanelWidth];
        Array.Fill(c, 0.25f);
        fixed (float* pa = a, pb = b, pc = c)
        {
            var data = (nint)pb;
            var panel = new BlockedPanel(&data, 0, int.MaxValue, Gemm.PanelWidth);
            if (wide) WideTile.Sum(pa, inner, 1, 0, rows, 1, panel, inner, pc, Gemm.PanelWidth, add, null);
            else NarrowTile.Sum(pa, inner, 1, 0, rows, 1, panel, inner, pc, Gemm.PanelWidth, add, null);
        }

        return c[..(rows * Gemm.PanelWidth)];
    }
}
