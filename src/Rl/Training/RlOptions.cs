using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Rl;

/// <summary>
/// How a team is trained from rewards. The defaults compare each role with itself on the same task (Dr. MAS) by GRPO's advantage, on fresh samples, every
/// token weighing the same. <see cref="Grpo"/>, <see cref="DrGrpo"/> and <see cref="Magrpo"/> are starting points as published.
/// </summary>
/// <example><code>var options = RlOptions.DrGrpo(maxLength: 128) with { Rewards = rewards, Steps = 50, Seed = 1 };</code></example>
public sealed record RlOptions : IChecked
{
    /// <summary>
    /// GRPO (Shao et al. 2024): returns are centred and scaled by their group's standard deviation, ratios are clipped at 0.2, and each
    /// sequence weighs the same however long it is.
    /// </summary>
    public static RlOptions Grpo { get; } = new() { Aggregation = LossAggregation.SequenceMeanTokenMean };

    /// <summary>
    /// Multi-agent GRPO (MAGRPO; Liu et al. 2025): the team's return from each turn on, each role compared with itself in the same turn, scaled by
    /// the population deviation; no clipping.
    /// </summary>
    public static RlOptions Magrpo { get; } = new()
    {
        Credit = new ReturnToGoCredit(),
        Advantage = GrpoAdvantage.Magrpo,
        GroupKey = GroupKey.ByRoleAndTurn,
        Loss = new PolicyGradientLoss { ClipLow = 1, ClipHigh = double.PositiveInfinity },
        Aggregation = LossAggregation.SequenceMeanTokenSum,
    };

    /// <summary>What judges the trajectories; a trainer needs it.</summary>
    public RewardComposer? Rewards { get; init; }

    /// <summary>The run's seed. Equal seeds, weights and options give equal steps with models that are <see cref="Reproducibility.Exact"/>.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; init; }

    /// <summary>Steps; each samples, rewards and updates once.</summary>
    /// <value>At least 0; 100 by default.</value>
    public int Steps { get; init; } = 100;

    /// <summary>Tasks of one step; all of them where there are fewer.</summary>
    /// <value>At least 1; 32 by default.</value>
    public int TasksPerStep { get; init; } = 32;

    /// <summary>Rollouts of each task, which are compared with each other.</summary>
    /// <value>At least what the estimator needs, mostly 2; 8 by default.</value>
    public int GroupSize { get; init; } = 8;

    /// <summary>Updates into which a step's rows are split; the rows of one trajectory stay together.</summary>
    /// <value>At least 1; 1 by default.</value>
    public int MiniBatches { get; init; } = 1;

    /// <summary>Which invocation earned how much of a trajectory's rewards.</summary>
    /// <value>
    /// <see cref="RoleCredit"/> by default: each role shares the team's rewards and has its own. <see cref="JointCredit"/>, <see cref="SplitCredit"/>,
    /// <see cref="ReturnToGoCredit"/>, or an <see cref="ICreditAssigner"/> of your own.
    /// </value>
    public ICreditAssigner Credit { get; init; } = new RoleCredit();

    /// <summary>Turns the returns of a group into advantages.</summary>
    /// <value>
    /// <see cref="GrpoAdvantage"/> by default; <see cref="RlooAdvantage"/>, <see cref="GrpoAdvantage.DrGrpo"/>, <see cref="GrpoAdvantage.Magrpo"/>,
    /// or an <see cref="IAdvantageEstimator"/> of your own.
    /// </value>
    public IAdvantageEstimator Advantage { get; init; } = new GrpoAdvantage();

    /// <summary>Which invocations form a group and are compared with each other.</summary>
    /// <value><see cref="GroupKey.ByRole"/> by default.</value>
    public GroupKey GroupKey { get; init; } = GroupKey.ByRole;

    /// <summary>What counts once in a group.</summary>
    /// <value><see cref="SampleUnit.Invocation"/> by default.</value>
    public SampleUnit SampleUnit { get; init; } = SampleUnit.Invocation;

    /// <summary>
    /// The loss that advantages enter. <see cref="SurrogateLoss.KlCoefficient"/> keeps the policy near the weights before the first step.
    /// </summary>
    /// <value><see cref="PolicyGradientLoss"/> by default, or an <see cref="ITokenLoss"/> of your own.</value>
    public ITokenLoss Loss { get; init; } = new PolicyGradientLoss();

    /// <summary>How the tokens of an update weigh.</summary>
    /// <value><see cref="LossAggregation.TokenMean"/> by default.</value>
    public LossAggregation Aggregation { get; init; } = LossAggregation.TokenMean;

    /// <summary>
    /// Whether a run is rewarded and learned from although it failed, if what a role wrote made it fail
    /// (<see cref="FailureCause.Policy"/>): an answer that stayed invalid, tool calls or loops without end. Other failures say nothing about
    /// the roles and never count.
    /// </summary>
    /// <value>True by default, so that a role whose answers stay invalid is pushed away from them.</value>
    public bool LearnFromFailures { get; init; } = true;

    /// <summary>What an answer earns that failed validation and was asked for again, in the scale of the rewards; usually the least of them.</summary>
    /// <value>Finite; null by default: such an answer enters neither the group's baseline nor training.</value>
    public double? RejectedAnswerReturn { get; init; }

    /// <summary>
    /// What corrects that a row was not sampled with the probabilities that are trained: by a model whose <see cref="ITrainableModel.Reproducibility"/> is below
    /// <see cref="Reproducibility.Exact"/>, or by older weights. Null leaves it to the loss: its ratios then start from the sampler's log-probabilities, and nothing is scored before the update.
    /// </summary>
    /// <value>Token by token, truncated at 2, by default.</value>
    public ImportanceCorrection? ImportanceCorrection { get; init; } = new();

    /// <summary>
    /// How many updates may lie between the sampling of a run and its learning. Above 0, the runs of a later step are sampled while the gradient of this one is computed, from the
    /// weights before it; their tokens count with truncated importance weights. Which weights sampled what is the same in every run, so a
    /// training is as exact as without; to be resumed it needs a <see cref="Store"/>.
    /// </summary>
    /// <value>At least 0; 0 by default: every step learns from runs of its own weights.</value>
    public int Staleness { get; init; }

    /// <summary>A penalty for leaving the reference as a part of the rewards; <see cref="SurrogateLoss.KlCoefficient"/> is one as a part of the loss.</summary>
    /// <value>Null by default.</value>
    public KlPenalty? KlPenalty { get; init; }

    /// <summary>Estimates values for <see cref="GaeAdvantage"/>.</summary>
    /// <value>Null by default: the value heads of the trained policies. <see cref="CentralCritic"/> for one that reads the whole team's messages.</value>
    public ICritic? Critic { get; init; }

    /// <summary>
    /// Whether roles that share a policy have the same part in its gradient: their advantages are scaled so that no role captures the weights of all (arXiv 2605.24202). The
    /// metric <c>{role}/gradient_share</c> says what each would have.
    /// </summary>
    /// <value>False by default.</value>
    public bool BalanceRoles { get; init; }

    /// <summary>Which roles learn in which steps; the others take part with the weights that they have.</summary>
    /// <value><see cref="TrainedRoles.All"/> by default.</value>
    public TrainedRoles Trained { get; init; } = TrainedRoles.All;

    /// <summary>The optimiser.</summary>
    /// <value>A learning rate of 1e-3 by default.</value>
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>Optimisers of roles that learn otherwise than the rest, by role. Roles that share a policy share its optimiser.</summary>
    /// <value>None by default.</value>
    public ImmutableSortedDictionary<string, AdamWOptions> RoleOptimizers { get; init; } = ImmutableSortedDictionary<string, AdamWOptions>.Empty;

    /// <summary>How the learning rate moves over the steps.</summary>
    /// <value><see cref="LearningRateSchedule.Constant"/> by default.</value>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    /// <value>At least 0; 5 by default.</value>
    public int WarmupSteps { get; init; } = 5;

    /// <summary>The name of this training in seed keys. Two trainings of one run need different names, so that they draw different samples.</summary>
    /// <value>"rl" by default.</value>
    public string Stage { get; init; } = "rl";

    /// <summary>See <see cref="RolloutOptions.Fingerprint"/>.</summary>
    /// <value>Empty by default.</value>
    public string RolloutFingerprint { get; init; } = "";

    /// <summary>Where trajectories are kept, and where a resumed training finds those it already has.</summary>
    /// <value>Null by default: nowhere.</value>
    public ITrajectoryStore? Store { get; init; }

    /// <summary>How many rollouts run at once.</summary>
    /// <value>At least 1; 512 by default.</value>
    public int MaxConcurrency { get; init; } = 512;

    /// <summary>
    /// What a loss that <see cref="LossNeeds.Reference"/> keeps near; the caller disposes it. A run that is resumed gives
    /// <see cref="TrainingCheckpoints.ReferenceAsync"/>.
    /// </summary>
    /// <value>Null by default: the weights before the first step, which only a run that begins there can know.</value>
    public KlReference? Reference { get; init; }

    /// <summary>Is told of refused updates and failed rollouts.</summary>
    /// <value>Nobody by default.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock by which steps are timed.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Dr. GRPO (Liu et al. 2025): returns are centred but not scaled, and tokens are divided by a constant, so that neither easy tasks nor short
    /// answers count more.
    /// </summary>
    /// <param name="maxLength">The most tokens that a completion may have; positive.</param>
    public static RlOptions DrGrpo(int maxLength) => new() { Advantage = GrpoAdvantage.DrGrpo, Aggregation = LossAggregation.DrGrpo(maxLength) };

    void IChecked.Check(OptionChecks checks)
    {
        foreach (var (role, optimizer) in RoleOptimizers) checks.Part(optimizer, $"RoleOptimizers[\"{role}\"]");
        CheckRest(checks);
    }

    private void CheckRest(OptionChecks checks) => checks
        .RequireThat(Rewards is { IsEmpty: false }, "Rewards holds no reward function; give a RewardComposer with at least one.")
        .AtLeast(0, Steps)
        .AtLeast(1, TasksPerStep)
        .Require(GroupSize >= Advantage.Needs.GroupSize, GroupSize, $"at least {Advantage.Needs.GroupSize}, since advantages compare the samples of a group")
        .AtLeast(1, MiniBatches)
        .Require(RejectedAnswerReturn is null || double.IsFinite(RejectedAnswerReturn.Value), RejectedAnswerReturn, "a finite number, or null")
        .AtLeast(0, Staleness)
        .AtLeast(0, WarmupSteps)
        .AtLeast(1, MaxConcurrency)
        .RequireThat(Stage.Length > 0, "Stage is empty; name the training, for example \"rl\".")
        .Part(Trained).Part(Credit).Part(Advantage).Part(Loss).Part(ImportanceCorrection).Part(Optimizer).Part(KlPenalty)
        .RequireThat(!Advantage.Needs.Values || Critic is not null || Loss.Needs.HasFlag(LossNeeds.Values),
            "Advantage needs values, which nothing learns; add a ValueLoss to the loss (LossSum.Of), or give a Critic.");

    /// <summary>Whether a reference is needed: by the loss, or by <see cref="KlPenalty"/>.</summary>
    [JsonIgnore]
    public bool NeedsReference => Loss.Needs.HasFlag(LossNeeds.Reference) || KlPenalty is not null;

    internal RolloutOptions RolloutOptionsOf(TeamModels models) =>
        new() { Store = Store, Models = models, Fingerprint = RolloutFingerprint, MaxConcurrency = MaxConcurrency, LoggerFactory = LoggerFactory };

    internal AdamWOptions OptimizerOf(PolicyId policy, Team team) =>
        RoleOptimizers.Where(r => team.Models[r.Key] == policy).Select(r => r.Value).FirstOrDefault(Optimizer);

    /// <summary>Names roles that the team does not have, and roles of one policy that want to be optimised differently.</summary>
    internal void EnsureOf(Team team)
    {
        Trained.EnsureOf(team);
        foreach (var role in (Credit as INamesRoles)?.NamedRoles ?? []) _ = team[role];
        if (RoleOptimizers.Keys.FirstOrDefault(r => !team[r].Trainable || team.Models.IsFrozen(r)) is { } frozen)
            throw new AgentTeamsException($"RoleOptimizers has an optimiser for the role '{frozen}', which is not trained. Leave it out, or make the role and its model trainable.");
        foreach (var policy in RoleOptimizers.GroupBy(r => team.Models[team[r.Key].Name]).Where(p => p.Select(r => r.Value).Distinct().Count() > 1))
            throw new AgentTeamsException($"The roles {string.Join(", ", policy.Select(r => r.Key))} share the policy '{policy.Key}', but RoleOptimizers gives them different optimisers. "
                + "Give them the same, or each its own adapter.");
    }
}
