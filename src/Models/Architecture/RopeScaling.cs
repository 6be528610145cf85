namespace AgentTeams.Models;

/// <summary>How rotary frequencies are slowed for contexts that are longer than those a model was first trained with.</summary>
public sealed record RopeScaling
{
    /// <summary>By how much frequencies are slowed.</summary>
    public required float Factor { get; init; }

    /// <summary>Which frequencies are slowed; null for all of them (<c>rope_type</c> <c>linear</c>; Chen et al. 2023).</summary>
    public RopeBands? Bands { get; init; }
}

/// <summary>The frequencies that Llama 3.1 slows (<c>rope_type</c> <c>llama3</c>).</summary>
public sealed record RopeBands
{
    /// <summary>Frequencies that turn fewer times than this within the original context are slowed in full.</summary>
    public required float LowFrequencyFactor { get; init; }

    /// <summary>Frequencies that turn more often than this stay as they are.</summary>
    public required float HighFrequencyFactor { get; init; }

    /// <summary>The context length that the model was first trained with.</summary>
    public required int OriginalMaxPositions { get; init; }
}
