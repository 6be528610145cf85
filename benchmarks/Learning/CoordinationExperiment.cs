using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Benchmarks.Learning;

/// <summary>M2: two roles have to agree on digits whose sum is the right one, without reading each other (MAGRPO).</summary>
internal static class CoordinationExperiment
{
    private const int Steps = 300;
    private static readonly string[] s_questions = Games.Questions(5);
    private static readonly RewardComposer s_sum = new RewardComposer().Add(new OutcomeReward(t => (TinyTeam.Digit(t.Nodes[0]) + TinyTeam.Digit(t.Nodes[1])) % 10 == Games.QuestionOf(t) ? 1 : 0));
    private static readonly RewardComposer s_joint = new RewardComposer().Add(new OutcomeReward(t => int.Parse(t.Nodes[0].Text, System.Globalization.CultureInfo.InvariantCulture) is var n && (n / 10 + n % 10) % 10 == Games.QuestionOf(t) ? 1 : 0));

    private static readonly RlOptions s_magrpo = RlOptions.Magrpo with
    {
        Rewards = s_sum, Steps = Steps, TasksPerStep = 5, GroupSize = 8, Optimizer = new() { LearningRate = 2e-3 }, WarmupSteps = 0,
    };

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(7, async seed =>
        {
            var magrpo = await TrainAsync(seed, s_magrpo);
            var frozen = await TrainAsync(seed, s_magrpo with { Trained = TrainedRoles.Only("r0") });
            var shuffled = await TrainAsync(seed, s_magrpo with { Advantage = new ShuffledRewards(GrpoAdvantage.Magrpo, seed) });
            var central = await TrainCentralAsync(seed);
            // Four rollouts are few; at the larger rate they carry both rules off course.
            var small = s_magrpo with { GroupSize = 4, Steps = 2 * Steps, Optimizer = new() { LearningRate = 1e-3 } };
            var aligned = await TrainAsync(seed, small, window: 10);
            var cross = await TrainAsync(seed, small with { Credit = new CrossCredit() }, window: 10);
            return [magrpo.Steps, frozen.Reward, shuffled.Reward, magrpo.Steps / central.Steps, cross.Steps / aligned.Steps, cross.Steps, aligned.Steps];
        });
        return
        [
            Criterion.AtMost("MAGRPO's steps to 0.9", Steps, found[0]),
            Criterion.AtMost("reward with a frozen partner", 0.2, found[1], control: true),
            Criterion.AtMost("reward with rewards shuffled in each group", 0.2, found[2], control: true),
            Criterion.AtMost("steps, MAGRPO / one policy that says both digits", 1.4, found[3]),
            Criterion.AtMost("steps at 4 rollouts, cross / aligned", 0.75, found[4]),
            Criterion.AtMost("steps at 4 rollouts, cross", 2 * Steps, found[5]),
        ];
    }

    private static async Task<(double Steps, double Reward)> TrainAsync(int seed, RlOptions options, int window = 5)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0", "r1"));
        return await Experiment.TrainOnRewardAsync(new(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 2)), options with { Seed = seed }), 0.9, window);
    }

    private static async Task<(double Steps, double Reward)> TrainCentralAsync(int seed)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0"), roles: 1, numbers: true);
        return await Experiment.TrainOnRewardAsync(new(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 1, 100)), s_magrpo with { Seed = seed, Rewards = s_joint, Steps = 3 * Steps }), 0.9);
    }
}
