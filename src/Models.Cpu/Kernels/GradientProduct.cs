using System.Runtime.Intrinsics;

namespace AgentTeams;

/// <summary>
/// dW += dyᵀ · x. Both operands are copied, a block of rows at a time, into the order in which the product reads them; read in
/// place, their strides would fall on a few cache sets.
/// </summary>
internal static unsafe class GradientProduct
{
    // The blocks are fixed, so the order of summation is too.
    private const int RowsPerBlock = 256;

    // A block of these and the inputs of a part stay in a level-2 cache.
    private const int OutputsPerBlock = 192;

    // Copied together, column after column: a cache holds their lines until all columns on them are copied.
    private const int RowsAtOnce = 16;

    [ThreadStatic]
    private static FloatBuffer? s_scratch;

    /// <summary>Adds the product for a rectangle of dW.</summary>
    /// <param name="dy">Gradients of the outputs [rows, dyRow], at the first output wanted.</param>
    /// <param name="dyRow">Values from one row of dy to the next.</param>
    /// <param name="outputs">Outputs wanted.</param>
    /// <param name="x">Inputs [rows, xRow], at the first input wanted.</param>
    /// <param name="xRow">Values from one row of x to the next.</param>
    /// <param name="inputs">Inputs wanted.</param>
    /// <param name="rows">Rows summed over.</param>
    /// <param name="gradient">dW at the first output and input wanted.</param>
    /// <param name="gradientRow">Values from one row of dW to the next.</param>
    public static void Accumulate(float* dy, nint dyRow, int outputs, float* x, nint xRow, int inputs, int rows, float* gradient, nint gradientRow)
    {
        var panels = (inputs + Gemm.PanelWidth - 1) / Gemm.PanelWidth;
        var tiles = (Math.Min(OutputsPerBlock, outputs) + Tile.MaxRows - 1) / Tile.MaxRows;
        var packedX = (s_scratch ??= new FloatBuffer()).Ensure((long)RowsPerBlock * ((panels * Gemm.PanelWidth) + (tiles * Tile.MaxRows)) + Vector256<float>.Count);
        var packedDy = packedX + (nint)RowsPerBlock * panels * Gemm.PanelWidth;
        for (var row = 0; row < rows; row += RowsPerBlock)
        {
            var count = Math.Min(RowsPerBlock, rows - row);
            PackInputs(x + row * xRow, xRow, inputs, count, packedX);
            var b = new Panels((nint)packedX, (nint)count * Gemm.PanelWidth, IsHalf: false);
            for (var output = 0; output < outputs; output += OutputsPerBlock)
            {
                var some = Math.Min(OutputsPerBlock, outputs - output);
                PackOutputs(dy + row * dyRow + output, dyRow, some, count, packedDy);
                Gemm.MultiplyTiles(packedDy, some, b, inputs, count, gradient + output * gradientRow, gradientRow);
            }
        }
    }

    private static void PackInputs(float* x, nint xRow, int inputs, int rows, float* to)
    {
        for (var row = 0; row < rows; row += RowsAtOnce)
        {
            var some = Math.Min(RowsAtOnce, rows - row);
            for (var first = 0; first < inputs; first += Gemm.PanelWidth)
            {
                var from = x + row * xRow + first;
                var panel = to + (nint)first * rows + row * Gemm.PanelWidth;
                var filled = Math.Min(Gemm.PanelWidth, inputs - first);
                for (var i = 0; i < some; i++, from += xRow, panel += Gemm.PanelWidth)
                {
                    if (filled == Gemm.PanelWidth)
                    {
                        Vector256.Load(from).Store(panel);
                        Vector256.Load(from + 8).Store(panel + 8);
                        continue;
                    }

                    for (var j = 0; j < Gemm.PanelWidth; j++) panel[j] = j < filled ? from[j] : 0;
                }
            }
        }
    }

    // Whole vectors are stored where the next row of the tile overwrites what is too much.
    private static void PackOutputs(float* dy, nint dyRow, int outputs, int rows, float* to)
    {
        for (var row = 0; row < rows; row += RowsAtOnce)
        {
            var some = Math.Min(RowsAtOnce, rows - row);
            for (var first = 0; first < outputs; first += Tile.MaxRows)
            {
                var from = dy + row * dyRow + first;
                var tile = to + (nint)first * rows + row * Tile.MaxRows;
                var filled = Math.Min(Tile.MaxRows, outputs - first);
                for (var i = 0; i < some; i++, from += dyRow, tile += Tile.MaxRows)
                {
                    if (first + 2 * Vector256<float>.Count <= outputs && row + i + 1 < rows)
                    {
                        Vector256.Load(from).Store(tile);
                        if (Tile.MaxRows > Vector256<float>.Count) Vector256.Load(from + 8).Store(tile + 8);
                        continue;
                    }

                    for (var j = 0; j < Tile.MaxRows; j++) tile[j] = j < filled ? from[j] : 0;
                }
            }
        }
    }
}
