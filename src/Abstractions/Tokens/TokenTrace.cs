using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// What a local model read and wrote in one call, as produced: token ids, never re-tokenised text, and the log-probability
/// of each sampled token under the distribution that was actually sampled.
/// </summary>
public sealed record TokenTrace
{
    /// <summary>The key under which a trace travels in <see cref="ChatResponse.AdditionalProperties"/>.</summary>
    public const string PropertyName = "agentteams.tokenTrace";

    /// <summary>
    /// The key under which the trace of an earlier call with the same prompt, by other weights of the same policy, may be given in <see cref="ChatOptions.AdditionalProperties"/>. A local
    /// model then tries its tokens first, as far as it keeps their version: the reply has the same distribution, at fewer passes.
    /// </summary>
    public const string DraftPropertyName = "agentteams.draft";

    private const string What = "a token trace";
    private const int CompletionIdsMember = 1, LogProbsMember = 2, ConstraintsMember = 4;

    private readonly int[] _completionIds = [];
    private readonly float[] _logProbs = [];
    private readonly SamplingConstraints? _constraints;
    private readonly GivenMembers _given;

    /// <summary>The ids the model was given, chat template included.</summary>
    public required int[] PromptIds { get; init; }

    /// <summary>The ids the model sampled, the end-of-sequence id included if it was sampled.</summary>
    /// <exception cref="AgentTeamsException">The log-probabilities or the constraints belong to another completion.</exception>
    public required int[] CompletionIds
    {
        get => _completionIds;
        init
        {
            _completionIds = value;
            _given = _given.With(this, CompletionIdsMember);
            EnsureFit();
        }
    }

    /// <summary>Natural-log probability of each completion id; one for each, none above 0 or NaN.</summary>
    /// <exception cref="AgentTeamsException">The count differs from the completion's, or a value is positive or NaN.</exception>
    public required float[] LogProbs
    {
        get
        {
            EnsureCount();
            return _logProbs;
        }
        init
        {
            foreach (var p in value) Guard.Require(p <= 0, $"A token trace holds the log-probability {p}. Values must be at most 0.");
            _logProbs = value;
            _given = _given.With(this, LogProbsMember);
            EnsureFit();
        }
    }

    /// <summary>The policy that sampled.</summary>
    public required PolicyId Policy { get; init; }

    /// <summary>How many updates the policy had received.</summary>
    public required long WeightsVersion { get; init; }

    /// <summary>The softmax temperature that was sampled; 0 is greedy, whose log-probabilities are those of temperature 1.</summary>
    public required float Temperature { get; init; }

    /// <summary>What else narrowed the distribution: a repetition penalty, a grammar, truncation; null for nothing.</summary>
    /// <exception cref="AgentTeamsException">They do not belong to the completion.</exception>
    public SamplingConstraints? Constraints
    {
        get
        {
            if (_constraints?.HaveCountsOf(_completionIds) == false) _constraints.EnsureFit(_completionIds, What);
            return _constraints;
        }
        init
        {
            _constraints = value;
            _given = _given.With(this, ConstraintsMember);
            EnsureFit();
        }
    }

    /// <summary>How many of the completion's first ids were taken from a draft; null, the default, where none was tried.</summary>
    public int? AcceptedTokens { get; init; }

    /// <summary>The trace of a response, or null when its model records none or a loop made the response from several calls.</summary>
    public static TokenTrace? Of(ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (In(response.AdditionalProperties) is { } trace) return trace;

        // Frameworks that rebuild responses leave it at the message.
        return response.Messages is [var only] ? In(only.AdditionalProperties) : null;
    }

    private static TokenTrace? In(AdditionalPropertiesDictionary? properties) =>
        properties?.TryGetValue(PropertyName, out var value) == true ? value as TokenTrace : null;

    // In whatever order the members are set, the later one of two that must fit finds the other.
    private void EnsureFit()
    {
        if (_given.Hold(this, CompletionIdsMember | LogProbsMember)) EnsureCount();
        if (_given.Hold(this, CompletionIdsMember | ConstraintsMember)) _constraints?.EnsureFit(_completionIds, What);
    }

    private void EnsureCount()
    {
        if (_logProbs.Length != _completionIds.Length)
            throw new AgentTeamsException($"A token trace has {_logProbs.Length} log-probabilities for {_completionIds.Length} completion ids. Record one "
                + "for each.");
    }
}
