namespace AgentTeams.Models;

/// <summary>The published families of decoder-only transformers that differ from Llama in details only.</summary>
public enum ModelFamily
{
    /// <summary>Llama 2 and 3, and what shares their layout (SmolLM, TinyLlama).</summary>
    Llama,

    /// <summary>Qwen2 and Qwen2.5: queries, keys and values have a bias.</summary>
    Qwen2,

    /// <summary>Qwen3: queries and keys are normalised head by head.</summary>
    Qwen3,
}

/// <summary>The slowed rotary frequencies of Llama 3.1 (<c>rope_type</c> <c>llama3</c>).</summary>
public sealed record RopeScaling
{
    /// <summary>By how much low frequencies are slowed.</summary>
    public required float Factor { get; init; }

    /// <summary>Frequencies that turn fewer times than this within the original context are slowed in full.</summary>
    public required float LowFrequencyFactor { get; init; }

    /// <summary>Frequencies that turn more often than this stay as they are.</summary>
    public required float HighFrequencyFactor { get; init; }

    /// <summary>The context length that the model was first trained with.</summary>
    public required int OriginalMaxPositions { get; init; }
}
