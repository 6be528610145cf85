namespace AgentTeams.Benchmarks.Learning;

/// <summary>Counterfactual credit: on every task one of four roles decides, and only re-running the others' messages tells which.</summary>
internal static class CreditExperiment
{
    private const int Roles = 4;
    private static readonly string[] s_questions = Games.Questions(8);
    private static readonly RewardComposer s_one = new RewardComposer().Add(new OutcomeReward(t => IsRight(t, DecisiveOf(t)) ? 1 : 0));
    private static readonly RewardComposer s_all = new RewardComposer().Add(new OutcomeReward(t => Enumerable.Range(0, Roles).Count(r => IsRight(t, r)) / (double)Roles));
    private static readonly RewardComposer s_any = new RewardComposer().Add(new OutcomeReward(t => Enumerable.Range(0, Roles).Any(r => IsRight(t, r)) ? 1 : 0));

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(5, async seed =>
        {
            // Of eight answers to a question each role has eight either way: one run with seven twins of each of its messages, or eight runs.
            var joint = await TrainAsync(seed, new JointCredit(), new GrpoAdvantage(), 8);
            var twins = await TrainAsync(seed, new CounterfactualCredit { Twins = 7 }, new RawAdvantage(), 1);
            return [twins.Steps, twins.Calls / joint.Calls, twins.Share, joint.Share, joint.Steps];
        });
        var criteria = new List<Criterion>
        {
            Criterion.AtMost("mean steps to 0.9, counterfactual / joint", 0.7, [found[0].Average() / found[4].Average()]),
            Criterion.Within("model calls a step, counterfactual / joint", 0.99, 1.01, found[1]),
            Criterion.AtLeast("the deciding role's share of all |credit|, counterfactual", 0.9, found[2]),
            Criterion.AtMost("joint", 0.3, found[3], control: true),
        };
        foreach (var (game, rewards) in new[] { ("one decides", s_one), ("each adds", s_all), ("one is enough", s_any) })
        {
            var rules = new (string Name, ICreditAssigner Rule)[]
            {
                ("joint", new JointCredit()), ("importance", new ImportanceCredit()), ("Shapley", new ShapleyCredit()), ("counterfactual", new CounterfactualCredit { LearnFromTwins = false }),
                ("counterfactual, 4 twins", new CounterfactualCredit { LearnFromTwins = false, Twins = 4 }),
            };
            var ranks = await Experiment.EachSeedAsync(rules.Length, seed => CorrelationsAsync(seed, rewards, rules));
            criteria.AddRange(rules.Select((r, i) => Criterion.AtLeast($"rank correlation with exact enumeration, {game}, {r.Name}", r.Name.StartsWith("counter", StringComparison.Ordinal) ? 0.27 : -1, ranks[i])));
        }

        return criteria;
    }

    private static int DecisiveOf(Trajectory run) => Games.QuestionOf(run) % Roles;

    private static int RightOf(Trajectory run, int role) => (3 * Games.QuestionOf(run) + role + 1) % 10;

    private static bool IsRight(Trajectory run, int role) => TinyTeam.Digit(run.Nodes[role]) == RightOf(run, role);

    private static TinyTeam NewTeam(int seed) => new(seed, ModelMap.Separate(Enumerable.Range(0, Roles).Select(r => $"r{r}")), Roles);

    private static async Task<(double Steps, double Calls, double Share)> TrainAsync(int seed, ICreditAssigner credit, IAdvantageEstimator advantage, int group)
    {
        using var team = NewTeam(seed);
        var watched = new Watched(credit);
        var options = new RlOptions { Rewards = s_one, Seed = seed, Steps = 300, TasksPerStep = 8, GroupSize = group, Credit = watched, Advantage = advantage, Optimizer = new() { LearningRate = 3e-3 } };
        var trainer = new RlTrainer(team.Models, new TaskSource<string>(Games.Together(team, s_questions, Roles)), options);
        var (steps, _) = await Experiment.TrainOnRewardAsync(trainer, 0.9);
        return (steps, watched.Calls, watched.Share);
    }

    private static async Task<double[]> CorrelationsAsync(int seed, RewardComposer rewards, (string Name, ICreditAssigner Rule)[] rules)
    {
        using var team = NewTeam(seed);
        var tasks = Games.Together(team, s_questions, Roles);
        // A team that knows something, so that messages differ in worth.
        var options = new RlOptions { Rewards = s_all, Seed = seed, Steps = 200, TasksPerStep = 8, GroupSize = 8, Credit = new JointCredit(), Optimizer = new() { LearningRate = 3e-3 } };
        await Experiment.TrainOnRewardAsync(new(team.Models, new TaskSource<string>(tasks), options), 0.4);
        var groups = await new TaskSource<string>(tasks).SampleAsync(new() { Key = new SeedKey(seed, "credit"), Tasks = 8, GroupSize = 8, Judge = (runs, _) => Task.FromResult(runs) });
        var runs = await rewards.ScoreAsync([.. groups.SelectMany(g => g.Trajectories)]);
        var probabilities = new Dictionary<(string, int), double[]>();
        foreach (var question in s_questions)
        {
            for (var r = 0; r < Roles; r++) probabilities[(question, r)] = await team.ProbabilitiesAsync(r, question);
        }

        // What a message is worth: the reward less what it would be on average over all that the role might have said.
        var forks = new TaskForks<string>(tasks);
        var worth = new Dictionary<(string, string), double>();
        foreach (var run in runs)
        {
            for (var r = 0; r < Roles; r++)
            {
                var others = await rewards.ScoreAsync(await forks.RunAsync([.. Enumerable.Range(0, 10).Select(d => new Fork { Parent = run, Calls = new Dictionary<string, CallChange> { [$"r{r}"] = CallChange.Say($"{d}") } })]));
                worth[(run.Id, $"r{r}")] = run.Rewards[0].Value - others.Select((o, d) => o.Rewards[0].Value * probabilities[(run.TaskId, r)][d]).Sum();
            }
        }

        var correlations = new List<double>();
        foreach (var (_, rule) in rules)
        {
            var returns = await rule.AssignAsync(new(runs, forks, rewards));
            correlations.Add(CreditFidelity.RankCorrelation(rule is CounterfactualCredit or ShapleyCredit ? returns : Centred(returns), i => worth[(i.Trajectory.Id, i.Node.Id)]));
        }

        return [.. correlations];
    }

    private static InvocationReturn[] Centred(IReadOnlyList<InvocationReturn> returns)
    {
        var means = returns.GroupBy(r => (r.Trajectory.GroupId, r.Node.Role)).ToDictionary(g => g.Key, g => g.Average(r => r.Return));
        return [.. returns.Select(r => r with { Return = r.Return - means[(r.Trajectory.GroupId, r.Node.Role)] })];
    }

    /// <summary>Counts the calls of the first step, and whose credit it was.</summary>
    private sealed class Watched(ICreditAssigner inner) : ICreditAssigner
    {
        public double Calls { get; private set; }

        public double Share { get; private set; }

        public async ValueTask<IReadOnlyList<InvocationReturn>> AssignAsync(CreditContext batch, CancellationToken cancellationToken = default)
        {
            var returns = await inner.AssignAsync(batch, cancellationToken);
            if (Calls > 0) return returns;
            Calls = batch.ForkCalls + batch.Trajectories.Sum(t => t.Nodes.Length);
            var all = returns.Sum(r => Math.Abs(r.Return));
            Share = all == 0 ? 0 : returns.Where(r => r.Node.Role == $"r{DecisiveOf(r.Trajectory)}").Sum(r => Math.Abs(r.Return)) / all;
            return returns;
        }
    }
}
