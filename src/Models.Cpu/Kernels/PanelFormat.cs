namespace AgentTeams.Models;

/// <summary>How the values of packed panels are stored.</summary>
internal enum PanelFormat
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16.</summary>
    BFloat16,

    /// <summary>Blocks of <see cref="Q8Values.BlockRows"/> rows: sixteen float32 scales, then the rows in whole numbers of 8 bits.</summary>
    Q8,
}
