using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentTeams.Models;

/// <summary>The right-hand side of a matrix product, packed in panels of <see cref="Gemm.PanelWidth"/> columns.</summary>
/// <param name="Data">The first panel.</param>
/// <param name="PanelBytes">Bytes from one panel to the next.</param>
/// <param name="Format">How values are stored.</param>
internal readonly unsafe record struct Panels(nint Data, nint PanelBytes, PanelFormat Format)
{
    public bool IsFloat32 => Format == PanelFormat.Float32;

    /// <summary>The start of a panel.</summary>
    public byte* At(int panel) => (byte*)(Data + panel * PanelBytes);

    /// <summary>The address of some rows of a panel in float32.</summary>
    /// <param name="panel">Which panel.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="scratch">Room for the rows, which values in another format are widened into.</param>
    public float* Rows(int panel, int first, int rows, float* scratch)
    {
        if (IsFloat32) return (float*)At(panel) + (nint)first * Gemm.PanelWidth;
        if (Format == PanelFormat.BFloat16) Widen<BFloat16Values>(At(panel), first, rows, scratch);
        else Widen<Q8Values>(At(panel), first, rows, scratch);
        return scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<T>(byte* panel, int first, int rows, float* to)
        where T : IPanelValues
    {
        for (var end = first + rows; first < end;)
        {
            var (block, skipped) = Math.DivRem(first, T.BlockRows);
            var header = panel + block * (T.HeaderBytes + (nint)T.BlockRows * Gemm.PanelWidth * T.ValueBytes);
            var from = header + T.HeaderBytes + skipped * Gemm.PanelWidth * T.ValueBytes;
            var count = Math.Min(end - first, T.BlockRows - skipped);
            first += count;
            for (; count > 0; count--, from += Gemm.PanelWidth * T.ValueBytes, to += Gemm.PanelWidth)
            {
                T.Load(from, (float*)header).Store(to);
                T.Load(from + 8 * T.ValueBytes, (float*)header + 8).Store(to + 8);
            }
        }
    }
}
