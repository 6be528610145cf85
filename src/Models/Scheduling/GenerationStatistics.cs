namespace AgentTeams.Models;

/// <summary>What a local model has generated so far.</summary>
public sealed record GenerationStatistics
{
    /// <summary>Prompt tokens of all requests.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Prompt tokens that were computed; the others were shared with earlier or simultaneous prompts.</summary>
    public required long PrefilledTokens { get; init; }

    /// <summary>Tokens sampled.</summary>
    public required long GeneratedTokens { get; init; }

    /// <summary>Forward passes.</summary>
    public required long Passes { get; init; }

    /// <summary>Tokens sampled a forward pass, on average: how full the batch was.</summary>
    public double TokensPerPass => Passes == 0 ? 0 : (double)GeneratedTokens / Passes;

    /// <summary>The share of prompt tokens that needed no computation, from 0 to 1.</summary>
    public double PrefixHitRate => PromptTokens == 0 ? 0 : 1 - (double)PrefilledTokens / PromptTokens;
}
