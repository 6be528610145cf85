namespace AgentTeams.Models;

/// <summary>The right-hand side of a matrix product, packed in panels of <see cref="Gemm.PanelWidth"/> columns.</summary>
/// <param name="Data">The first panel.</param>
/// <param name="PanelStride">Values from one panel to the next.</param>
/// <param name="IsHalf">Whether values are bfloat16 rather than float32.</param>
internal readonly unsafe record struct Panels(nint Data, nint PanelStride, bool IsHalf)
{
    /// <summary>The address of some rows of a panel in float32.</summary>
    /// <param name="panel">Which panel.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="scratch">Room for the rows, which bfloat16 values are widened into.</param>
    public float* Rows(int panel, int first, int rows, float* scratch)
    {
        var offset = panel * PanelStride + (nint)first * Gemm.PanelWidth;
        if (!IsHalf) return (float*)Data + offset;
        TensorConversion.WidenBFloat16(new ReadOnlySpan<ushort>((ushort*)Data + offset, rows * Gemm.PanelWidth),
            new Span<float>(scratch, rows * Gemm.PanelWidth));
        return scratch;
    }
}
