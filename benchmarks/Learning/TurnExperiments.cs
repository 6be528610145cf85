namespace AgentTeams.Benchmarks.Learning;

/// <summary>M3: what each turn added, or the end for all. M4: who decides when to stop must not be judged turn by turn.</summary>
internal static class TurnExperiments
{
    public static async Task<IReadOnlyList<Criterion>> CreditAsync()
    {
        var ratios = new Dictionary<int, double[]>();
        foreach (var turns in new[] { 3, 6 })
        {
            ratios[turns] = await Experiment.EachSeedAsync(async seed =>
            {
                var broadcast = await TurnsAsync(seed, turns, new JointCredit());
                var own = await TurnsAsync(seed, turns, new RoleCredit());
                return broadcast / own;
            });
        }

        return
        [
            Criterion.Within("steps to 0.9 in 3 turns, the end for all / what each turn added (theory 1.73)", 1.3, 2.1, ratios[3]),
            Criterion.Within("in 6 turns (theory 2.45)", 1.8, 3, ratios[6]),
        ];
    }

    public static async Task<IReadOnlyList<Criterion>> TerminationAsync()
    {
        var found = await Experiment.EachSeedAsync(3, async seed =>
        [
            await ContinueAsync(seed, new RlooAdvantage(), GroupKey.ByRoleAndTurn),
            await ContinueAsync(seed, new GrpoAdvantage(), GroupKey.ByRole),
            await ContinueAsync(seed, new TurnNormalizedAdvantage(), GroupKey.ByRoleAndTurn),
        ]);
        return
        [
            Criterion.AtLeast("probability of going on, return to go and leave-one-out", 0.95, found[0]),
            Criterion.AtLeast("return to go and GRPO by role", 0.95, found[1]),
            Criterion.AtMost("rewards normalised turn by turn", 0.1, found[2], control: true),
        ];
    }

    private static async Task<double> TurnsAsync(int seed, int turns, ICreditAssigner credit)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0"), roles: 1);
        var questions = Games.Questions(4);
        var tasks = TaskSet.Create(questions, q => q, async (q, key, token) =>
        {
            var said = new List<TrajectoryNode>();
            for (var t = 0; t < turns; t++) said.Add(await team.AskAsync(0, $"<q{Games.QuestionOf(q) * turns + t}>", key, 8, t, $"turn{t}", cancellationToken: token));
            return TinyTeam.Record(q, key, said);
        });
        var rewards = new RewardComposer().Add(new DelegateReward("added", run =>
            [.. run.Nodes.Select((n, t) => Reward.ForTurn(t, "added", TinyTeam.Digit(n) == (3 * Games.QuestionOf(run) + t) % 8 ? 1.0 / turns : 0))]));
        var options = new RlOptions
        {
            Rewards = rewards, Seed = seed, Steps = 800, TasksPerStep = 4, GroupSize = 8, Credit = credit, GroupKey = GroupKey.ByRoleAndTurn, Optimizer = Games.Sgd(0.02 * turns), WarmupSteps = 0,
        };
        return (await Experiment.TrainOnRewardAsync(new(team.Models, new TaskSource<string>(tasks), options), 0.9)).Steps;
    }

    private static async Task<double> ContinueAsync(int seed, IAdvantageEstimator advantage, GroupKey key)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0"), roles: 1);
        var tasks = TaskSet.Create(Games.Questions(1), q => q, async (q, k, token) =>
        {
            var first = await team.AskAsync(0, "<q0>", k, 2, 0, "decide", cancellationToken: token);
            return TinyTeam.Digit(first) == 0 ? TinyTeam.Record(q, k, first) : TinyTeam.Record(q, k, first, await team.AskAsync(0, "<q1>", k, 2, 1, "go on", cancellationToken: token));
        });
        var rewards = new RewardComposer().Add(new DelegateReward("paid", run => [run.Nodes.Length == 1 ? Reward.ForTurn(0, "paid", 0.3) : Reward.ForTurn(1, "paid", 1)]));
        var options = new RlOptions { Rewards = rewards, Seed = seed, Steps = 150, TasksPerStep = 1, GroupSize = 8, Credit = new ReturnToGoCredit(), Advantage = advantage, GroupKey = key, Optimizer = new() { LearningRate = 3e-3 } };
        await foreach (var _ in new RlTrainer(team.Models, new TaskSource<string>(tasks), options).TrainAsync()) { }
        return (await team.ProbabilitiesAsync(0, "<q0>", 2))[1];
    }
}
