using System.Globalization;

namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// How the team is trained: planner and coder learn from labelled problems; the team tries those problems itself, and what it got right and wrong teaches the
/// verifier; then the team learns from answers only.
/// </summary>
internal sealed class WordProblemPlan(RunOptions options, ProblemSets problems, TeamModels models, Workflow<TeamState> workflow)
{
    private static SftOptions Sft { get; } = new() { BatchSize = 32, MaxEpochs = 30, Patience = 3 };

    public TaskSet<Problem> TasksOf(IReadOnlyList<Problem> set) => TaskSet.Create(set, p => p.Id, workflow, models, TeamState.Of, s => s.Value);

    public TrainingPlan Create() => new("word-problems", models)
    {
        Seed = options.Seed,
        Settings = new Dictionary<string, string> { ["dropped-duplicates"] = problems.DroppedDuplicates.ToString(CultureInfo.InvariantCulture) },
        Stages =
        [
            // Adapters sit on a base that knows nothing yet, so what is shown teaches the base and stage 2 the adapters.
            Stage.Supervise("sft-1", Shown(problems.Fit), Shown(problems.Validation), Sft, onBase: true),
            Stage.Supervise("sft-2", ShownAndTriedAsync, Sft, onBase: true),
            Evaluation("before"),
            .. Practice(),
            Evaluation("after"),
            Stage.Ablate("ablations", TasksOf(problems.Test), IsRight, [Ablation.Say(Prompts.Verifier, Prompts.Accept), Ablation.Swap(Prompts.Planner)]),
        ],
    };

    private IEnumerable<ITrainingStage> Practice()
    {
        if (options.Steps == 0) return [];
        var tasks = TasksOf(problems.Unlabelled.Count > 0 ? problems.Unlabelled : problems.Fit);
        var rl = RlOptionsOf(options) with { Rewards = TeamRewards.Create(tasks, outcome: options.Control != "format-only") };
        // The control goes on with what is shown for as many updates as reinforcement learning would make.
        return options.Control == "continue-sft"
            ? [Stage.Supervise("sft-control", async (context, token) => new([.. Shown(problems.Fit), .. await TriedAsync(problems.Fit, context, token)], []),
                Sft with { Patience = null, MaxEpochs = int.MaxValue, MaxUpdates = rl.Steps * rl.MiniBatches }, onBase: true)]
            : [Stage.Reinforce("rl", tasks, rl)];
    }

    /// <summary>How the team learns from answers; the rewards are left to whoever has the tasks.</summary>
    public static RlOptions RlOptionsOf(RunOptions options)
    {
        // Scaling by each role's whole batch, not by each group, keeps a costly mistake costly where all of a group agree.
        var advantage = new GrpoAdvantage { Scale = AdvantageScale.BatchStd };
        return new()
        {
            Steps = options.Steps,
            TasksPerStep = options.Tasks,
            GroupSize = options.GroupSize,
            MiniBatches = 4,
            GroupKey = GroupKey.ByRoleAndTurn,
            Advantage = options.Control == "shuffled-rewards" ? new ShuffledRewards(advantage, options.Seed) : advantage,
            Loss = options.Loss == "gspo" ? new GspoLoss { EntropyCoefficient = 0.01, KlCoefficient = options.Kl } : new PolicyGradientLoss { EntropyCoefficient = 0.01, KlCoefficient = options.Kl },
            Optimizer = new AdamWOptions { LearningRate = 1.5e-3 },
            Schedule = LearningRateSchedule.Linear,
        };
    }

    private EvaluationStage Evaluation(string name) => Stage.Evaluate(name, new TeamEvaluator<Problem>(TasksOf(problems.Test), IsRight)
    {
        Measures = new Dictionary<string, Func<Problem, Trajectory, double?>>
        {
            ["first value right"] = (p, run) => WordProblemTeam.RoundsOf(run)[0].IsRight(p) ? 1 : 0,
            ["right values accepted"] = (p, run) => Verdicts(p, run, isRight: true),
            ["wrong values turned down"] = (p, run) => 1 - Verdicts(p, run, isRight: false),
        },
    });

    public static bool IsRight(Problem problem, Trajectory run) => WordProblemTeam.RoundsOf(run)[^1].IsRight(problem);

    /// <summary>The share of a run's right or wrong values that the verifier accepted; null where there was none.</summary>
    private static double? Verdicts(Problem problem, Trajectory run, bool isRight) =>
        WordProblemTeam.RoundsOf(run).Where(r => r.Verification is not null && r.IsRight(problem) == isRight).Select(r => r.IsAccepted ? 1.0 : 0).ToList() is { Count: > 0 } verdicts ? verdicts.Average() : null;

    private List<SftExample> Shown(IReadOnlyList<Problem> shown)
    {
        var random = new SeedKey(options.Seed, "other-plans").ToRandom();
        return [.. shown.SelectMany(p => Lessons.FirstRound(p).Concat(Lessons.OtherPlans(p, random, 2)))];
    }

    private async Task<SftData> ShownAndTriedAsync(StageContext context, CancellationToken cancellationToken) => new(
        [.. Shown(problems.Fit), .. await TriedAsync(problems.Fit, context, cancellationToken)],
        [.. Shown(problems.Validation), .. await TriedAsync(problems.Validation, context, cancellationToken)]);

    private async Task<IEnumerable<SftExample>> TriedAsync(IReadOnlyList<Problem> tried, StageContext context, CancellationToken cancellationToken)
    {
        var tasks = TasksOf(tried);
        var runs = await new RolloutRunner<Problem>(tasks.Rollout, tasks.GetId, context.Rollouts).RunAsync(tried, 4, new SeedKey(options.Seed, "attempts"), cancellationToken);
        return Lessons.FromAttempts(runs.Where(t => t.Status == TrajectoryStatus.Completed).Select(t => (tasks[t.TaskId], Attempt.Of(t, tasks[t.TaskId]))));
    }
}
