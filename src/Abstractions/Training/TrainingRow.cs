namespace AgentTeams;

/// <summary>One model call as a training example: the exact ids that were read and written, and what a loss needs to judge them.</summary>
public sealed record TrainingRow
{
    private readonly int[] _completionIds = [];
    private readonly float[] _weights = [];
    private readonly SamplingConstraints? _constraints;

    /// <summary>The ids the model was given; at least one, as the first completion id is predicted from the last of them.</summary>
    public required int[] PromptIds { get; init; }

    /// <summary>The ids to be scored; at least one.</summary>
    /// <exception cref="AgentTeamsException">There are none.</exception>
    public required int[] CompletionIds
    {
        get => _completionIds;
        init
        {
            Guard.Require(value.Length > 0, $"A training row of role '{Role}' has no completion ids. Leave the call out.");
            _completionIds = value;
        }
    }

    /// <summary>The softmax temperature at which the completion was sampled; scores are taken at the same. Positive.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>What else narrowed the distribution that was sampled; scores are taken under the same. Null for nothing.</summary>
    /// <exception cref="AgentTeamsException">They do not belong to the completion.</exception>
    public SamplingConstraints? Constraints
    {
        get => _constraints;
        init
        {
            value?.EnsureFit(CompletionIds, $"a training row of role '{Role}'");
            _constraints = value;
        }
    }

    /// <summary>
    /// The weight of each completion token in the loss, global normaliser and mask included; 0 leaves a token out. One for each
    /// completion id, or empty for weight 1 throughout.
    /// </summary>
    public float[] Weights
    {
        get => _weights;
        init
        {
            Guard.Require(value.Length == 0 || value.Length == CompletionIds.Length,
                $"A training row of role '{Role}' has {value.Length} weights for {CompletionIds.Length} completion ids. Give one for each, or none.");
            _weights = value;
        }
    }

    /// <summary>The advantage of each completion token; empty where the loss needs none.</summary>
    public float[] Advantages { get; init; } = [];

    /// <summary>Log-probabilities recorded when the completion was sampled; empty where the loss needs none.</summary>
    public float[] BehaviorLogProbs { get; init; } = [];

    /// <summary>
    /// What each token's policy gradient counts because the sampler's probabilities are not the trainer's; empty for 1 throughout.
    /// </summary>
    public float[] ImportanceWeights { get; init; } = [];

    /// <summary>Log-probabilities under a frozen reference; empty where the loss needs none.</summary>
    public float[] ReferenceLogProbs { get; init; } = [];

    /// <summary>The role that wrote the completion.</summary>
    public string Role { get; init; } = "";

    /// <summary>The trajectory the row comes from.</summary>
    public string TrajectoryId { get; init; } = "";

    /// <summary>The node the row comes from.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>Consecutive rows with the same coupling are never put into different micro-batches; null for none.</summary>
    public string? Coupling { get; init; }
}
