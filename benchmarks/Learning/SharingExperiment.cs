namespace AgentTeams.Benchmarks.Learning;

/// <summary>M5: two roles have to answer the same question differently, on weights of their own, shared ones, and shared ones that are not told who speaks.</summary>
internal static class SharingExperiment
{
    private static readonly string[] s_questions = Games.Questions(4);

    private static readonly RewardComposer s_rewards = new RewardComposer().Add(new DelegateReward("own", run =>
        [.. run.Nodes.Select((n, r) => Reward.ForNode(n.Id, "own", TinyTeam.Digit(n) == RightOf(r, run.TaskId) ? 1 : 0))]));

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(7, async seed =>
        {
            var separate = await TrainAsync(seed, ModelMap.Separate("r0", "r1"));
            var shared = await TrainAsync(seed, ModelMap.Full("m", "r0", "r1"));
            var blind = await TrainAsync(seed, ModelMap.Full("m", "r0", "r1"), hideRole: true);
            return [separate.Success, shared.Success, shared.Steps / separate.Steps, blind.Success, separate.Steps, await MovedAsync(seed, ModelMap.Adapters("m", "r0", "r1")), await MovedAsync(seed, ModelMap.Full("m", "r0", "r1"))];
        });
        return
        [
            Criterion.AtLeast("success on separate weights", 0.95, found[0]),
            Criterion.AtLeast("on shared weights with a role signal", 0.95, found[1]),
            Criterion.AtMost("steps, shared / separate", 2, found[2]),
            Criterion.AtMost("on shared weights without a role signal", 0.55, found[3], control: true),
            Criterion.AtMost("how far r1 moves when r0's adapter learns", 0, found[5]),
            Criterion.AtLeast("when they share", 1e-4, found[6], control: true),
        ];
    }

    private static int RightOf(int role, string question) => (Games.QuestionOf(question) + 1 + 3 * role) % 10;

    private static RlOptions OptionsOf(int seed, int steps) => new() { Rewards = s_rewards, Seed = seed, Steps = steps, TasksPerStep = 4, GroupSize = 8, Optimizer = new() { LearningRate = 5e-3 } };

    private static async Task<(double Steps, double Success)> TrainAsync(int seed, ModelMap map, bool hideRole = false)
    {
        using var team = new TinyTeam(seed, map);
        var trainer = new RlTrainer(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 2, hideRole: hideRole)), OptionsOf(seed, 200));
        return await Experiment.TrainAsync(trainer, () => Games.MeanAsync(s_questions, async q =>
            ((await team.ProbabilitiesAsync(0, q, hideRole: hideRole))[RightOf(0, q)] + (await team.ProbabilitiesAsync(1, q, hideRole: hideRole))[RightOf(1, q)]) / 2), 0.95, every: 2);
    }

    private static async Task<double> MovedAsync(int seed, ModelMap map)
    {
        using var team = new TinyTeam(seed, map);
        var before = await team.ProbabilitiesAsync(1, "<q1>");
        var options = OptionsOf(seed, 3) with { Trained = TrainedRoles.Only("r0") };
        await foreach (var _ in new RlTrainer(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 2)), options).TrainAsync()) { }
        return before.Zip(await team.ProbabilitiesAsync(1, "<q1>"), (a, b) => Math.Abs(a - b)).Max();
    }
}
