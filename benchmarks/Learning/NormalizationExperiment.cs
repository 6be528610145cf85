namespace AgentTeams.Benchmarks.Learning;

/// <summary>M1: rewards of two roles on two scales; each role compared with itself learns, pooled or averaged statistics do not (Dr. MAS).</summary>
internal static class NormalizationExperiment
{
    private const int Steps = 150;
    private static readonly string[] s_questions = Games.Questions(4);

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var found = await Experiment.EachSeedAsync(6, async seed =>
        {
            var agentWise = await TrainAsync(seed, GroupKey.ByRole, SampleUnit.Invocation);
            var pooled = await TrainAsync(seed, GroupKey.Group, SampleUnit.Invocation);
            var averaged = await TrainAsync(seed, GroupKey.Group, SampleUnit.Trajectory);
            return [agentWise.A, agentWise.B, pooled.A, agentWise.Steps / averaged.Steps, averaged.Steps, agentWise.Steps];
        });
        var inflation = await Experiment.EachSeedAsync(2, seed => Task.FromResult(Inflation(seed)));
        return
        [
            Criterion.AtLeast("agent-wise, role A's probability of its digit", 0.95, found[0]),
            Criterion.AtLeast("agent-wise, role B's", 0.95, found[1]),
            Criterion.AtMost("pooled, role A's", 0.5, found[2], control: true),
            Criterion.AtMost("steps of A to 0.9, agent-wise / averaged over the trajectory", 0.6, found[3]),
            Criterion.Within("gradient's second moment, pooled / agent-wise, of a rare role (theory 7.31)", 7.31 * 0.95, 7.31 * 1.05, inflation[0]),
            Criterion.Within("of a frequent one (0.215)", 0.215 * 0.95, 0.215 * 1.05, inflation[1]),
        ];
    }

    private static async Task<(double A, double B, double Steps)> TrainAsync(int seed, GroupKey key, SampleUnit unit)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0", "r1"));
        var rewards = new RewardComposer().Add(new DelegateReward("noisy", run =>
        {
            var right = (Games.QuestionOf(run) + 3) % 8;
            double Hit(int role) => TinyTeam.Digit(run.Nodes[role]) == right ? 1 : 0;
            double Noise(int role) => Games.Gaussian(run.Key! with { Node = $"noise{role}" });
            return [Reward.ForRole("r0", "a", Hit(0) + 0.05 * Noise(0)), Reward.ForRole("r1", "b", 10 + 10 * Hit(1) + 0.5 * Noise(1))];
        }));
        var options = new RlOptions { Rewards = rewards, Seed = seed, Steps = Steps, TasksPerStep = 4, GroupSize = 8, GroupKey = key, SampleUnit = unit, Optimizer = Games.Sgd(0.08), WarmupSteps = 0 };
        var trainer = new RlTrainer(team.Models, new TaskSource<string>(Games.Together(team, s_questions, 2, 8)), options);
        var reached = (double)Steps;
        var (a, b) = (0.0, 0.0);
        await foreach (var step in trainer.TrainAsync())
        {
            if ((step.Step + 1) % 5 != 0) continue;
            (a, b) = (await SuccessAsync(team, 0), await SuccessAsync(team, 1));
            if (a >= 0.9) reached = Math.Min(reached, step.Step + 1);
        }

        return (a, b, reached);
    }

    private static Task<double> SuccessAsync(TinyTeam team, int role) =>
        Games.MeanAsync(s_questions, async q => (await team.ProbabilitiesAsync(role, q, 8))[(Games.QuestionOf(q) + 3) % 8]);

    // Where actions do not depend on rewards, E|g|^2 is in proportion to E[A^2].
    private static double[] Inflation(int seed)
    {
        const int batches = 40_000;
        var random = new Random(seed);
        double Draw(double mean) => mean + 0.1 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var estimator = new GrpoAdvantage();
        var (pooled, own) = (new double[2], new double[2]);
        for (var b = 0; b < batches; b++)
        {
            AdvantageSample[] rare = [.. Enumerable.Range(0, 8).Select(t => new AdvantageSample($"t{t}", Draw(1)))];
            AdvantageSample[] frequent = [.. Enumerable.Range(0, 56).Select(i => new AdvantageSample($"t{i / 7}", Draw(0)))];
            var together = estimator.Estimate([new SampleGroup("", [.. rare, .. frequent])])[0];
            var apart = estimator.Estimate([new SampleGroup("a", rare), new SampleGroup("b", frequent)]);
            pooled[0] += together[..8].Sum(a => a * a) / 8;
            pooled[1] += together[8..].Sum(a => a * a) / 56;
            own[0] += apart[0].Sum(a => a * a) / 8;
            own[1] += apart[1].Sum(a => a * a) / 56;
        }

        return [pooled[0] / own[0], pooled[1] / own[1]];
    }
}
