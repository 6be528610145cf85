namespace AgentTeams.Models;

/// <summary>One model call as a training example: the exact ids that were read and written, and what a loss needs to judge them.</summary>
public sealed record TrainingRow
{
    private const int CompletionIdsMember = 1, WeightsMember = 2, ConstraintsMember = 4;

    private readonly int[] _completionIds = [];
    private readonly float[] _weights = [];
    private readonly SamplingConstraints? _constraints;
    private readonly GivenMembers _given;

    /// <summary>The ids the model was given; at least one, as the first completion id is predicted from the last of them.</summary>
    public required int[] PromptIds { get; init; }

    /// <summary>The ids to be scored; at least one.</summary>
    /// <exception cref="AgentTeamsException">There are none, or weights or constraints belong to another completion.</exception>
    public required int[] CompletionIds
    {
        get => _completionIds;
        init
        {
            Guard.Require(value.Length > 0, $"A training row of role '{Role}' has no completion ids. Leave the call out.");
            _completionIds = value;
            _given = _given.With(this, CompletionIdsMember);
            EnsureFit();
        }
    }

    /// <summary>The softmax temperature at which the completion was sampled; scores are taken at the same. Positive.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>What else narrowed the distribution that was sampled; scores are taken under the same. Null for nothing.</summary>
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

    /// <summary>
    /// The weight of each completion token in the loss, global normaliser and mask included; 0 leaves a token out. One for each
    /// completion id, or empty for weight 1 throughout.
    /// </summary>
    /// <exception cref="AgentTeamsException">The count differs from the completion's.</exception>
    public float[] Weights
    {
        get
        {
            EnsureCount();
            return _weights;
        }
        init
        {
            _weights = value;
            _given = _given.With(this, WeightsMember);
            EnsureFit();
        }
    }

    /// <summary>
    /// Which completion tokens the role itself wrote: only they are learned, and only they count where a loss or an aggregation takes a mean within the row. One
    /// for each completion id, or empty for all. <see cref="Weights"/> say how much a token counts, the mask whether.
    /// </summary>
    public bool[] Mask { get; init; } = [];

    /// <summary>
    /// The advantage of each completion token; empty where the loss needs none. In a preference loss its sign tells the better side of a coupling from the worse.
    /// </summary>
    public float[] Advantages { get; init; } = [];

    /// <summary>Log-probabilities recorded when the completion was sampled; empty where the loss needs none.</summary>
    public float[] BehaviorLogProbs { get; init; } = [];

    /// <summary>
    /// What each token's policy gradient counts because the sampler's probabilities are not the trainer's; empty for 1 throughout.
    /// </summary>
    public float[] ImportanceWeights { get; init; } = [];

    /// <summary>Log-probabilities under a frozen reference; empty where the loss needs none.</summary>
    public float[] ReferenceLogProbs { get; init; } = [];

    /// <summary>What a critic should have said of the state before each completion token; empty where nothing is learned from values.</summary>
    public float[] Returns { get; init; } = [];

    /// <summary>What the critic said when the advantages were estimated, as the centre of value clipping; empty for none.</summary>
    public float[] BehaviorValues { get; init; } = [];

    /// <summary>Which completion tokens a loss chose when it saw the whole update (<see cref="ITokenLoss.Prepare"/>); empty where it chooses none.</summary>
    public bool[] Selected { get; init; } = [];

    /// <summary>
    /// Is added to the margin of the row's coupling in a preference loss, in nats: what other policies say of the same comparison, where roles of one coupling have policies of their
    /// own; in KTO minus the divergence that a margin is compared with. The rows of a coupling have the same.
    /// </summary>
    /// <value>Finite; 0 by default.</value>
    public double MarginOffset { get; init; }

    /// <summary>How many updates the policy had received when the completion was sampled; null where that is not known.</summary>
    public long? WeightsVersion { get; init; }

    /// <summary>The role that wrote the completion.</summary>
    public string Role { get; init; } = "";

    /// <summary>The trajectory the row comes from.</summary>
    public string TrajectoryId { get; init; } = "";

    /// <summary>The node the row comes from.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>Consecutive rows with the same coupling are never put into different micro-batches; null for none.</summary>
    public string? Coupling { get; init; }

    private string What => $"a training row of role '{Role}'";

    // In whatever order the members are set, the later one of two that must fit finds the other.
    private void EnsureFit()
    {
        if (_given.Hold(this, CompletionIdsMember | WeightsMember)) EnsureCount();
        if (_given.Hold(this, CompletionIdsMember | ConstraintsMember)) _constraints?.EnsureFit(_completionIds, What);
    }

    private void EnsureCount()
    {
        if (_weights.Length != 0 && _weights.Length != _completionIds.Length)
            throw new AgentTeamsException($"A training row of role '{Role}' has {_weights.Length} weights for {_completionIds.Length} completion ids. Give "
                + "one for each, or none.");
    }
}
