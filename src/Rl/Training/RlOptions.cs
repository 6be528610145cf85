namespace AgentTeams.Rl;

/// <summary>Multi-agent policy-gradient training from rewards. The defaults are GRPO with agent-wise normalisation on fresh samples.</summary>
public sealed record RlOptions
{
    /// <summary>Steps; each samples, rewards and updates once. 100 unless set.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Tasks of one step; 32 unless set.</summary>
    public int TasksPerStep { get; init; } = 32;

    /// <summary>Rollouts of each task, which are compared with each other; at least 2, 8 unless set.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Updates into which a step's rows are split, trajectories kept whole; 1 unless set.</summary>
    public int MiniBatches { get; init; } = 1;

    /// <summary>Who earned a reward; each role shares the team's and has its own unless set.</summary>
    public ICreditAssigner Credit { get; init; } = new RoleCredit();

    /// <summary>Better than what; GRPO unless set.</summary>
    public IAdvantageEstimator Advantage { get; init; } = new GrpoAdvantage();

    /// <summary>Which invocations are compared; those of one role and turn in one group unless set.</summary>
    public GroupKey GroupKey { get; init; } = GroupKey.ByRoleAndTurn;

    /// <summary>
    /// Whether a run is rewarded and learned from although it failed, if what a role wrote made it fail
    /// (<see cref="FailureCause.Policy"/>): an answer that stayed invalid, tool calls or loops without end. True unless set, so that
    /// a role whose answers stay invalid is pushed away from them. Other failures say nothing about the roles and never count.
    /// </summary>
    public bool LearnFromFailures { get; init; } = true;

    /// <summary>
    /// What an answer earns that failed validation and was asked for again, in the scale of the rewards; usually the least of them.
    /// Null unless set: then it enters neither the group's baseline nor training.
    /// </summary>
    public double? RejectedAnswerReturn { get; init; }

    /// <summary>
    /// The name of this training in seed keys; "rl" unless set. Two trainings of one run need different names, so that they draw
    /// different samples.
    /// </summary>
    public string Stage { get; init; } = "rl";

    /// <summary>See <see cref="RolloutOptions.Fingerprint"/>; empty unless set.</summary>
    public string RolloutFingerprint { get; init; } = "";

    /// <summary>What counts once in a group; an invocation unless set.</summary>
    public SampleUnit SampleUnit { get; init; } = SampleUnit.Invocation;

    /// <summary>Which way to push. Set <see cref="PolicyGradientLoss.KlCoefficient"/> to stay near the weights before the first step.</summary>
    public PolicyGradientLoss Loss { get; init; } = new();

    /// <summary>
    /// The largest importance weight of a token where a model does not sample with exactly the probabilities that it trains with
    /// (<see cref="ITrainableModel.Reproducibility"/> below <see cref="Reproducibility.Exact"/>): truncated importance sampling. Positive,
    /// 2 unless set, infinity for no bound.
    /// </summary>
    public double ImportanceCap { get; init; } = 2;

    /// <summary>How tokens weigh; the mean over all tokens of an update unless set.</summary>
    public LossAggregation Aggregation { get; init; } = LossAggregation.TokenMean;

    /// <summary>The optimiser's parameters; a learning rate of 1e-3 unless set.</summary>
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rate moves; it stays unless set.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Steps over which the learning rate rises; 5 unless set.</summary>
    public int WarmupSteps { get; init; } = 5;

    internal void Validate()
    {
        Require(Steps >= 0, nameof(Steps), Steps, "0 or more");
        Require(TasksPerStep >= 1, nameof(TasksPerStep), TasksPerStep, "at least 1");
        Require(GroupSize >= 2, nameof(GroupSize), GroupSize, "at least 2, since advantages compare the samples of a group");
        if (!(ImportanceCap > 0)) throw new AgentTeamsException($"ImportanceCap is {ImportanceCap}. Give a positive number, usually 2.");
        if (RejectedAnswerReturn is { } rejected && !double.IsFinite(rejected)) throw new AgentTeamsException($"RejectedAnswerReturn is {rejected}. Give a finite number, or null.");
        if (Stage.Length == 0) throw new AgentTeamsException("Stage is empty. Name the training, for example \"rl\".");
        Require(MiniBatches >= 1, nameof(MiniBatches), MiniBatches, "at least 1");

        static void Require(bool condition, string name, int value, string range)
        {
            if (!condition) throw new AgentTeamsException($"{name} is {value}. Give {range}.");
        }
    }
}

/// <summary>What one step of reinforcement learning did.</summary>
public sealed record RlStep
{
    /// <summary>Zero-based.</summary>
    public required int Step { get; init; }

    /// <summary>Metrics by their usual names, a role's with the role's name before it.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The rewarded trajectories.</summary>
    public required IReadOnlyList<Trajectory> Trajectories { get; init; }

    /// <summary>Updates that were made, by policy.</summary>
    public required IReadOnlyDictionary<PolicyId, int> Updates { get; init; }

    /// <summary>Updates that were refused, with what was wrong.</summary>
    public required IReadOnlyList<string> Refused { get; init; }

    /// <summary>How long sampling and rewarding took.</summary>
    public TimeSpan RolloutTime { get; init; }

    /// <summary>How long the updates took.</summary>
    public TimeSpan UpdateTime { get; init; }
}
