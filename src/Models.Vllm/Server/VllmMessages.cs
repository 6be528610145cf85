using System.Text.Json.Serialization;

namespace AgentTeams.Models;

/// <summary>The body of <c>POST /v1/completions</c>: token ids in, token ids and log-probabilities out.</summary>
internal sealed record CompletionRequest
{
    public required string Model { get; init; }

    public required int[] Prompt { get; init; }

    public required int MaxTokens { get; init; }

    public required float Temperature { get; init; }

    public required long Seed { get; init; }

    public required int[] StopTokenIds { get; init; }

    public string[]? Stop { get; init; }

    /// <summary>How many alternatives to report beside the sampled token.</summary>
    public int Logprobs { get; init; }

    public bool ReturnTokenIds { get; init; } = true;
}

internal sealed record CompletionAnswer(IReadOnlyList<CompletionChoice>? Choices);

internal sealed record CompletionChoice(string? FinishReason, int[]? TokenIds, int[]? PromptTokenIds, CompletionLogProbs? Logprobs);

internal sealed record CompletionLogProbs(float?[]? TokenLogprobs);

internal sealed record LoadAdapterRequest(string LoraName, string LoraPath);

internal sealed record UnloadAdapterRequest(string LoraName);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(CompletionAnswer))]
[JsonSerializable(typeof(LoadAdapterRequest))]
[JsonSerializable(typeof(UnloadAdapterRequest))]
internal sealed partial class VllmJson : JsonSerializerContext;
