using System.Diagnostics.CodeAnalysis;

namespace AgentTeams.Models;

/// <summary>How a GGUF file stores the matrices of a model. Norms and biases are float32 in all of them.</summary>
public enum GgufType
{
    /// <summary>32 bits a weight: what this library computes with, bit for bit.</summary>
    F32,

    /// <summary>16 bits a weight, rounded to the nearest.</summary>
    F16,

    /// <summary>
    /// 8.5 bits a weight: 32 neighbouring weights share a scale, which is the greatest magnitude among them divided by 127, and are whole multiples of it. A
    /// matrix whose rows are no multiple of 32 long is stored as <see cref="F16"/>.
    /// </summary>
    [SuppressMessage("Naming", "CA1707", Justification = "The format's own name.")]
    Q8_0,
}
