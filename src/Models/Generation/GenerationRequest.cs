namespace AgentTeams;

/// <summary>One completion to be sampled.</summary>
internal sealed class GenerationRequest
{
    public required Policy Policy { get; init; }

    public required int[] PromptIds { get; init; }

    public required int MaxTokens { get; init; }

    public required float Temperature { get; init; }

    public required long Seed { get; init; }

    public required int[] StopIds { get; init; }

    /// <summary>Says of the ids so far whether a stop text was completed; null when there are none.</summary>
    public Func<ReadOnlySpan<int>, bool>? IsStopped { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public TaskCompletionSource<GenerationResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What was sampled.</summary>
/// <param name="Ids">The sampled ids, a stop id included.</param>
/// <param name="LogProbs">The log-probability of each.</param>
/// <param name="Stopped">Whether a stop id or stop text ended it, rather than the limit.</param>
/// <param name="WeightsVersion">The version of the weights that sampled.</param>
internal sealed record GenerationResult(int[] Ids, float[] LogProbs, bool Stopped, long WeightsVersion);
