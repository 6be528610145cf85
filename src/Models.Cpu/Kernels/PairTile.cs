using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>
/// One or two rows by two panels: what attention computes when it decodes, where a query head or two share their keys. Larger
/// tiles would spend most of their registers on rows that are not there.
/// </summary>
internal static unsafe class PairTile
{
    public const int Rows = 2;

    public const int Columns = 2 * Gemm.PanelWidth;

    /// <summary>C = A · B; each sum is the same chain as in other tiles.</summary>
    /// <param name="a">The first row of A.</param>
    /// <param name="aRow">Values to the second; 0 if there is none.</param>
    /// <param name="left">The first panel of B.</param>
    /// <param name="right">The second, with the same blocks; the first again if there is none.</param>
    /// <param name="inner">Columns of A and rows of B.</param>
    /// <param name="c">Receives [<see cref="Rows"/>, <see cref="Columns"/>].</param>
    /// <param name="ahead">Values from what is read to what will be read next, which is fetched meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, nint aRow, in BlockedPanel left, in BlockedPanel right, int inner, float* c, nint ahead)
    {
        Vector256<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        var leftBlocks = left.Blocks;
        var rightBlocks = right.Blocks;
        var bRow = left.RowStride;
        for (var rest = inner; rest > 0; rest -= left.RowsPerBlock)
        {
            var b0 = (float*)(*leftBlocks++ + left.Offset);
            var b1 = (float*)(*rightBlocks++ + right.Offset);
            for (var count = Math.Min(rest, left.RowsPerBlock); count > 0; count--)
            {
                var x = Vector256.Create(*a);
                var y = Vector256.Create(a[aRow]);
                var b = Vector256.Load(b0);
                c00 = Vector256.FusedMultiplyAdd(x, b, c00);
                c10 = Vector256.FusedMultiplyAdd(y, b, c10);
                b = Vector256.Load(b0 + 8);
                c01 = Vector256.FusedMultiplyAdd(x, b, c01);
                c11 = Vector256.FusedMultiplyAdd(y, b, c11);
                b = Vector256.Load(b1);
                c02 = Vector256.FusedMultiplyAdd(x, b, c02);
                c12 = Vector256.FusedMultiplyAdd(y, b, c12);
                b = Vector256.Load(b1 + 8);
                c03 = Vector256.FusedMultiplyAdd(x, b, c03);
                c13 = Vector256.FusedMultiplyAdd(y, b, c13);
                Tile.Fetch(b0 + ahead);
                Tile.Fetch(b1 + ahead);
                a++;
                b0 += bRow;
                b1 += bRow;
            }
        }

        c00.Store(c);
        c01.Store(c + 8);
        c02.Store(c + 16);
        c03.Store(c + 24);
        c10.Store(c + 32);
        c11.Store(c + 40);
        c12.Store(c + 48);
        c13.Store(c + 56);
    }
}
