using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A chat completion that was asked for.</summary>
internal sealed record ChatRequest
{
    /// <summary>The id of the model.</summary>
    public required string Model { get; init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public required ChatOptions Options { get; init; }

    /// <summary>Whether the reply is told as it is written.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether a stream ends with its token counts.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>How many replies are wanted.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Whether the log-probabilities of the sampled tokens are wanted.</summary>
    public bool LogProbs { get; init; }
}
