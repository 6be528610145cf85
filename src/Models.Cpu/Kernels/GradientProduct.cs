using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

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
    private const int RowsAtOnce = 8;

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
        var packedX = (s_scratch ??= new FloatBuffer())
            .Ensure((long)RowsPerBlock * ((panels * Gemm.PanelWidth) + (tiles * Tile.MaxRows)) + Vector256<float>.Count);
        var packedDy = packedX + (nint)RowsPerBlock * panels * Gemm.PanelWidth;
        for (var row = 0; row < rows; row += RowsPerBlock)
        {
            var count = Math.Min(RowsPerBlock, rows - row);
            Pack(x + row * xRow, xRow, inputs, count, Gemm.PanelWidth, packedX);
            var b = new Panels((nint)packedX, (nint)count * Gemm.PanelWidth * sizeof(float), PanelFormat.Float32);
            for (var output = 0; output < outputs; output += OutputsPerBlock)
            {
                var some = Math.Min(OutputsPerBlock, outputs - output);
                Pack(dy + row * dyRow + output, dyRow, some, count, Tile.MaxRows, packedDy);
                Gemm.MultiplyTiles(packedDy, some, b, inputs, count, gradient + output * gradientRow, gradientRow);
            }
        }
    }

    // Into strips of a width [strips, rows, width]. Whole vectors are stored where they fit or the next row overwrites what is too much.
    // Inlined, so that the compiler knows the width.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack(float* from, nint fromRow, int columns, int rows, int width, float* to)
    {
        var fits = width % Vector256<float>.Count == 0;
        for (var row = 0; row < rows; row += RowsAtOnce)
        {
            var end = Math.Min(rows, row + RowsAtOnce);
            for (var first = 0; first < columns; first += width)
            {
                var strip = to + (nint)first * rows;
                var filled = Math.Min(width, columns - first);
                for (nint i = row; i < end; i++)
                {
                    var source = from + i * fromRow + first;
                    var target = strip + i * width;
                    // So many rows apart, nothing else fetches ahead. What lies beyond the last row is never read.
                    Tile.Fetch(source + RowsAtOnce * fromRow);
                    if (first + 2 * Vector256<float>.Count <= columns && (fits || i + 1 < rows))
                    {
                        Vector256.Load(source).Store(target);
                        if (width > Vector256<float>.Count) Vector256.Load(source + 8).Store(target + 8);
                        continue;
                    }

                    for (var j = 0; j < width; j++) target[j] = j < filled ? source[j] : 0;
                }
            }
        }
    }
}
