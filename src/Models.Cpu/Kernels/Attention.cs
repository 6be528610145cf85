using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>
/// Causal attention of successive positions over cached keys and values. Prefill and training call it; each output is the same
/// chain of multiply-adds in both and in <see cref="DecodeAttention"/>, so a position's result depends on its own past only.
/// </summary>
internal static unsafe class Attention
{
    /// <summary>The most rows that are handled at once.</summary>
    public const int BlockRows = 48;

    /// <summary>Room for the weights of a block of rows that see up to a number of positions.</summary>
    public static long ScratchSize(int positions) => (long)BlockRows * PageLayout.RoundUp(positions);

    /// <summary>Attends from rows of queries.</summary>
    /// <param name="head">The keys and values, those of the rows' own positions included.</param>
    /// <param name="query">The first query.</param>
    /// <param name="queryRow">Values from one query, and from one output, to the next.</param>
    /// <param name="rows">How many queries there are.</param>
    /// <param name="firstLength">How many positions the first row sees; each further row sees one more.</param>
    /// <param name="output">Receives the results, in the layout of the queries.</param>
    /// <param name="scratch">Room of <see cref="ScratchSize"/>.</param>
    public static void Forward(HeadCache head, float* query, nint queryRow, int rows, int firstLength, float* output, float* scratch)
    {
        for (var first = 0; first < rows; first += BlockRows)
        {
            var count = Math.Min(BlockRows, rows - first);
            var length = firstLength + first;
            var width = PageLayout.RoundUp(length + count - 1);
            Weights(head, query + first * queryRow, queryRow, count, length, scratch, width);
            for (var column = 0; column < head.HeadSize; column += Gemm.PanelWidth)
            {
                var values = head.Values(column);
                for (var i = 0; i < count;)
                {
                    var tile = Tile.RowsOf(count - i);
                    Tile.Multiply(scratch + (nint)i * width, width, 1, tile, values, Math.Min(Gemm.PanelWidth, head.HeadSize - column), length + i + tile - 1,
                        output + (first + i) * queryRow + column, queryRow, add: false);
                    i += tile;
                }
            }
        }
    }

    /// <summary>Softmax weights of rows, which end in zeros.</summary>
    /// <param name="head">The keys.</param>
    /// <param name="query">The first query.</param>
    /// <param name="queryRow">Values from one query to the next.</param>
    /// <param name="rows">At most <see cref="BlockRows"/>.</param>
    /// <param name="firstLength">How many positions the first row sees.</param>
    /// <param name="weights">Receives [rows, width].</param>
    /// <param name="width">Positions of a row; a multiple of the page size.</param>
    public static void Weights(HeadCache head, float* query, nint queryRow, int rows, int firstLength, float* weights, int width)
    {
        for (var page = 0; page < width / PageLayout.Positions; page++)
        {
            var hidden = Math.Max(0, page * PageLayout.Positions - firstLength + 1);
            if (hidden >= rows) break;
            Gemm.MultiplyPanel(query + hidden * queryRow, queryRow, 1, rows - hidden, head.Keys(page), PageLayout.Positions, head.HeadSize,
                weights + (nint)hidden * width + page * PageLayout.Positions, width, add: false);
        }

        for (var i = 0; i < rows; i++) Softmax(weights + (nint)i * width, firstLength + i, width, head);
    }

    /// <summary>Turns scores into weights, with zeros behind them and before those in the window. The shape of each sum depends on the length only.</summary>
    public static void Softmax(float* row, int length, int width, HeadCache head)
    {
        var scale = head.Scale;
        new Span<float>(row, head.FirstSeen(length)).Fill(float.NegativeInfinity);
        var blocks = (length + 7) / 8;
        for (var j = length; j < 8 * blocks; j++) row[j] = float.NegativeInfinity;
        var max = Vector256.Create(float.NegativeInfinity);
        for (var b = 0; b < blocks; b++) max = Vector256.Max(max, Vector256.Load(row + 8 * b));
        var greatest = max[0];
        for (var i = 1; i < 8; i++) greatest = MathF.Max(greatest, max[i]);
        var shift = Vector256.Create(greatest * scale);
        var sum = Vector256<float>.Zero;
        for (var b = 0; b < blocks; b++)
        {
            var e = Vector256.Exp(Vector256.Load(row + 8 * b) * scale - shift);
            sum += e;
            e.Store(row + 8 * b);
        }

        var inverse = Vector256.Create(1f / Vector256.Sum(sum));
        for (var b = 0; b < blocks; b++) (Vector256.Load(row + 8 * b) * inverse).Store(row + 8 * b);
        for (var j = 8 * blocks; j < width; j += 8) Vector256<float>.Zero.Store(row + j);
    }
}
