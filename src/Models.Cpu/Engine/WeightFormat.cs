namespace AgentTeams.Models;

/// <summary>In what numbers replies are sampled. Embeddings, norms, biases, adapters and activations stay as they are.</summary>
public enum WeightFormat
{
    /// <summary>The weights themselves.</summary>
    Stored,

    /// <summary>16 bits: each weight rounded to bfloat16.</summary>
    BFloat16,

    /// <summary>8.5 bits: blocks of 32 inputs share a scale, as in GGUF's Q8_0.</summary>
    Q8,
}
