using System.Runtime.CompilerServices;

namespace AgentTeams.Models;

/// <summary>
/// Attention of the query heads at one position that share their keys and values: <see cref="Attention"/> for decoding, with the
/// same results.
/// </summary>
internal static unsafe class DecodeAttention
{
    /// <summary>Attends from the heads.</summary>
    /// <param name="head">The keys and values, those of the position included.</param>
    /// <param name="query">The query of the first head, of <see cref="HeadCache.HeadSize"/> values as all that follow it.</param>
    /// <param name="heads">How many heads there are.</param>
    /// <param name="length">How many positions they see.</param>
    /// <param name="output">Receives the results, in the layout of the queries.</param>
    /// <param name="scratch">Room of <see cref="Attention.ScratchSize"/>.</param>
    [SkipLocalsInit]
    public static void Forward(HeadCache head, float* query, int heads, int length, float* output, float* scratch)
    {
        var tile = stackalloc float[PairTile.Rows * PairTile.Columns];
        var (size, width) = (head.HeadSize, PageLayout.RoundUp(length));
        for (var first = 0; first < heads; first += PairTile.Rows)
        {
            var rows = Math.Min(PairTile.Rows, heads - first);
            for (var position = 0; position < width; position += PairTile.Columns)
            {
                var page = position / PageLayout.Positions;
                var next = Math.Min(page + 1, width / PageLayout.Positions - 1);
                PairTile.Multiply(query + first * size, (rows - 1) * size, head.Keys(page), head.Keys(next), size, tile, head.KeysToValues);
                Copy(tile, rows, scratch + position, width, width - position);
            }

            for (var i = 0; i < rows; i++) Attention.Softmax(scratch + (nint)i * width, length, width, head);
            for (var column = 0; column < size; column += PairTile.Columns)
            {
                PairTile.Multiply(scratch, (rows - 1) * width, head.Values(column),
                    head.Values(Math.Min(column + Gemm.PanelWidth, head.Stride - Gemm.PanelWidth)), length, tile, head.ValuesToNext);
                Copy(tile, rows, output + first * size + column, size, size - column);
            }
        }
    }

    private static void Copy(float* tile, int rows, float* to, nint toRow, int columns)
    {
        var bytes = (uint)Math.Min(columns, PairTile.Columns) * sizeof(float);
        for (var i = 0; i < rows; i++) Unsafe.CopyBlockUnaligned(to + i * toRow, tile + i * PairTile.Columns, bytes);
    }
}
