namespace AgentTeams.Models;

/// <summary>
/// Up to <see cref="Gemm.PanelWidth"/> columns of a right-hand side whose rows lie in blocks, such as the pages of a sequence's
/// keys or values.
/// </summary>
/// <param name="blocks">The address of each block.</param>
/// <param name="offset">Values from the start of a block to its first row.</param>
/// <param name="rowsPerBlock">Rows of a block.</param>
/// <param name="rowStride">Values from one row of a block to the next.</param>
internal readonly unsafe ref struct BlockedPanel(nint* blocks, nint offset, int rowsPerBlock, nint rowStride)
{
    public readonly nint* Blocks = blocks;
    public readonly nint Offset = offset * sizeof(float);
    public readonly int RowsPerBlock = rowsPerBlock;
    public readonly nint RowStride = rowStride;
}
