using System.Threading.Channels;

namespace AgentTeams.Models;

/// <summary>One completion to be sampled.</summary>
internal sealed class GenerationRequest
{
    public required PolicyId Policy { get; init; }

    /// <summary>The version of the policy that is sampled, which must be kept; null for what new calls are sampled with.</summary>
    public long? Version { get; init; }

    /// <summary>What is tried first; null for nothing.</summary>
    public Draft? Draft { get; init; }

    public required int[] PromptIds { get; init; }

    public required int MaxTokens { get; init; }

    public required float Temperature { get; init; }

    /// <summary>Which likely ids a token is drawn from; all by default.</summary>
    public Truncation Truncation { get; init; } = Truncation.None;

    /// <summary>The repetition penalty; 1, the default, is none.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>What the completion must satisfy; null for nothing.</summary>
    public TokenGrammar? Grammar { get; init; }

    /// <summary>Whether truncation has any effect; greedy choices are not truncated.</summary>
    public bool Truncates => Truncation != Truncation.None && Temperature > 0;

    /// <summary>Whether nothing but the temperature shapes the distribution.</summary>
    public bool IsPlain => !Truncates && Grammar is null && RepetitionPenalty == 1;

    public required long Seed { get; init; }

    public required int[] StopIds { get; init; }

    /// <summary>Texts that end the completion, for a generator that looks for them itself.</summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>Says of the ids so far whether a stop text was completed; null when there are none.</summary>
    public Func<ReadOnlySpan<int>, bool>? IsStopped { get; init; }

    /// <summary>Receives each id as it is sampled, before <see cref="Completion"/> ends; null for a reader who waits for the end.</summary>
    public ChannelWriter<int>? Sink { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public TaskCompletionSource<GenerationResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The positions that prompt and completion may take.</summary>
    public int Capacity => PromptIds.Length + MaxTokens;

    /// <summary>Refuses what an engine could never compute.</summary>
    /// <exception cref="AgentTeamsException">The prompt is empty, or too long.</exception>
    public void Check(IInferenceEngine engine)
    {
        Check(engine.MaxPositions);
        if (Capacity > engine.MaxCachedPositions)
        {
            throw new AgentTeamsException($"A prompt of {PromptIds.Length} tokens and {MaxTokens} to be generated need more memory than the "
                + $"{engine.MaxCachedPositions} positions that the cache may hold. Shorten the prompt, lower MaxOutputTokens, or raise CacheMemory.");
        }
    }

    /// <summary>Refuses what no engine of a model could compute.</summary>
    /// <param name="maxPositions">The longest sequence that the model knows.</param>
    /// <exception cref="AgentTeamsException">The prompt is empty, or too long.</exception>
    public void Check(int maxPositions)
    {
        if (PromptIds.Length == 0)
            throw new AgentTeamsException("The prompt is empty. Give at least one token to go on from.");
        if (Capacity > maxPositions + 1)
        {
            throw new AgentTeamsException($"A prompt of {PromptIds.Length} tokens and {MaxTokens} to be generated exceed the model's {maxPositions} "
                + "positions. Shorten the prompt or lower MaxOutputTokens.");
        }
    }
}

/// <summary>What was sampled.</summary>
/// <param name="Ids">The sampled ids, a stop id included.</param>
/// <param name="LogProbs">The log-probability of each.</param>
/// <param name="Stopped">Whether a stop id or stop text ended it, rather than the limit.</param>
/// <param name="WeightsVersion">The version of the weights that sampled.</param>
/// <param name="Constraints">What narrowed the distribution besides the temperature, or null.</param>
/// <param name="AcceptedTokens">How many of the ids are those of the request's draft; null where none was tried.</param>
internal sealed record GenerationResult(int[] Ids, float[] LogProbs, bool Stopped, long WeightsVersion, SamplingConstraints? Constraints = null, int? AcceptedTokens = null);
