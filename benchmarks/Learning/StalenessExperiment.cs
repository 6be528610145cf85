namespace AgentTeams.Benchmarks.Learning;

/// <summary>M6: learning from runs of older weights, corrected by importance weights and not.</summary>
internal static class StalenessExperiment
{
    private const int Lag = 20;
    private static readonly double[] s_values = [1, 0, 0.5];

    public static async Task<IReadOnlyList<Criterion>> RunAsync()
    {
        var (exact, truncated, uncorrected) = Enumerate();
        var found = await Experiment.EachSeedAsync(2, async seed =>
        {
            var fresh = await SpreadAsync(seed, 0, correct: true);
            return [await SpreadAsync(seed, Lag, correct: true) / fresh, await SpreadAsync(seed, Lag, correct: false) / fresh];
        });
        return
        [
            Criterion.AtMost("error of the expected gradient with full importance weights (rows are float32)", 1e-6, [exact]),
            Criterion.AtMost("with weights truncated at 2, against the oracle", 1e-6, [truncated]),
            Criterion.AtLeast("without weights, against the true gradient", 0.01, [uncorrected], control: true),
            Criterion.Within("largest logit at a lag of 20 with truncated weights / on-policy", 0.9, 1.1, found[0]),
            Criterion.AtLeast("largest logit at a lag of 20 without weights / on-policy", 1.4, found[1], control: true),
        ];
    }

    // At logits 1, 0, 0, sampled at 0, 0, 1: by hand, so that every action counts with its probability.
    private static (double Exact, double Truncated, double Uncorrected) Enumerate()
    {
        double[] now = Softmax([1, 0, 0]), then = Softmax([0, 0, 1]);
        double[] truth = [0.183155, -0.144563, -0.038592], capped = [0.16264, -0.134305, -0.028335];
        var loss = new PolicyGradientLoss { ClipLow = 1, ClipHigh = double.PositiveInfinity };
        double[] Gradient(Func<int, TrainingRow, TrainingRow> correct)
        {
            var sum = new double[3];
            for (var a = 0; a < 3; a++)
            {
                var row = correct(a, new() { PromptIds = [1], CompletionIds = [1], Weights = [(float)then[a]], Advantages = [(float)(s_values[a] - 0.682088)] });
                var gradient = new TokenGradient([0], [0], []);
                loss.Evaluate([row], [new([(float)Math.Log(now[a])], [0], [])], [gradient]);
                for (var k = 0; k < 3; k++) sum[k] -= gradient.LogProbs[0] * ((k == a ? 1 : 0) - now[k]);
            }

            return sum;
        }

        double Error(double[] gradient, double[] expected) => gradient.Zip(expected, (g, e) => Math.Abs(g - e)).Max();
        return (Error(Gradient((a, row) => row with { BehaviorLogProbs = [(float)Math.Log(then[a])] }), truth),
            Error(Gradient((a, row) => row with { ImportanceWeights = [(float)Math.Min(now[a] / then[a], 2)] }), capped),
            Error(Gradient((_, row) => row), truth));
    }

    private static double[] Softmax(double[] logits)
    {
        var sum = logits.Sum(Math.Exp);
        return [.. logits.Select(l => Math.Exp(l) / sum)];
    }

    // How far apart the logits of the three actions are in the end.
    private static async Task<double> SpreadAsync(int seed, int lag, bool correct)
    {
        using var team = new TinyTeam(seed, ModelMap.Separate("r0"), roles: 1);
        var rewards = new RewardComposer().Add(new OutcomeReward(t => s_values[TinyTeam.Digit(t.Nodes[0])]));
        ITokenLoss loss = new PolicyGradientLoss { ClipLow = 1, ClipHigh = double.PositiveInfinity };
        var options = RlOptions.DrGrpo(2) with
        {
            Rewards = rewards, Seed = seed, Steps = 400, TasksPerStep = 1, GroupSize = 16, Staleness = lag, Loss = correct ? loss : new Uncorrected(loss), Optimizer = Games.Sgd(0.1), WarmupSteps = 0,
        };
        await foreach (var _ in new RlTrainer(team.Models, new TaskSource<string>(Games.Together(team, Games.Questions(1), 1, 3)), options).TrainAsync()) { }
        var logits = (await team.ProbabilitiesAsync(0, "<q0>", 3)).Select(p => Math.Log(p)).ToArray();
        return logits.Max(l => Math.Abs(l - logits.Average()));
    }

    /// <summary>The switch: weights and recorded log-probabilities are thrown away.</summary>
    private sealed class Uncorrected(ITokenLoss inner) : ITokenLoss
    {
        public LossNeeds Needs => inner.Needs;

        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients) =>
            inner.Evaluate([.. rows.Select(r => r with { ImportanceWeights = [], BehaviorLogProbs = [] })], scores, gradients);
    }
}
