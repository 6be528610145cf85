namespace AgentTeams.Tests;

/// <summary>What holds of every loss: its gradient is that of its value, and no split changes what it comes to.</summary>
internal static class LossChecks
{
    /// <summary>What is changed beside a log-probability so that what the loss holds stays where it is.</summary>
    public delegate TrainingRow Hold(TrainingRow row, int token, float by);

    public static (TokenLossResult Result, TokenGradient[] Gradients) Run(ITokenLoss loss, IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores)
    {
        TokenGradient[] gradients = [.. scores.Select(s => new TokenGradient(new float[s.LogProbs.Length], new float[s.Entropies.Length], new float[s.Values.Length]))];
        return (loss.Evaluate(rows, scores, gradients), gradients);
    }

    public static TokenScores Scores(params float[] logProbs) => new(logProbs, new float[logProbs.Length], []);

    /// <summary>Compares the gradients with finite differences; where the differences to both sides disagree there is a kink, which only few points may be near.</summary>
    public static void GradientIsThatOfTheValue(ITokenLoss loss, IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, Hold? hold = null)
    {
        var (_, gradients) = Run(loss, rows, scores);
        var (points, kinks) = (0, 0);
        for (var i = 0; i < rows.Count; i++)
        {
            for (var t = 0; t < rows[i].CompletionIds.Length; t++)
            {
                Check(i, t, s => s.LogProbs, gradients[i].LogProbs[t], hold);
                Check(i, t, s => s.Entropies, gradients[i].Entropies[t], null);
                if (scores[i].Values.Length > 0) Check(i, t, s => s.Values, gradients[i].Values[t], null);
            }
        }

        Assert.InRange(kinks, 0, points / 10);

        void Check(int i, int t, Func<TokenScores, float[]> part, float expected, Hold? held)
        {
            points++;
            var now = At(i, t, part, 0, held);
            var (up, down) = (At(i, t, part, 1 / 16384f, held), At(i, t, part, -1 / 16384f, held));
            var (right, left) = ((up.Loss - now.Loss) / (up.X - now.X), (now.Loss - down.Loss) / (now.X - down.X));
            if (Math.Abs(right - left) > 2e-4 * (1 + Math.Abs(right)))
            {
                kinks++;
                return;
            }

            Assert.True(Math.Abs((up.Loss - down.Loss) / (up.X - down.X) - expected) < 2e-4 * (1 + Math.Abs(expected)), $"row {i}, token {t}: {(right + left) / 2} by differences, {expected} as gradient");
        }

        (double Loss, double X) At(int i, int t, Func<TokenScores, float[]> part, float by, Hold? held)
        {
            TokenScores[] moved = [.. scores.Select(s => new TokenScores([.. s.LogProbs], [.. s.Entropies], [.. s.Values]))];
            ref var x = ref part(moved[i])[t];
            var before = x;
            // The step that float32 really takes, not the one that was asked for.
            x += by;
            TrainingRow[] changed = [.. rows];
            if (held is not null) changed[i] = held(rows[i], t, x - before);
            return (Run(loss, changed, moved).Result.Loss, x);
        }
    }

    /// <summary>Splits a batch in every way that keeps couplings whole.</summary>
    public static void AnySplitGivesTheSame(ITokenLoss loss, IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, Random random)
    {
        var whole = Run(loss, rows, scores);
        var units = Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Coupling ?? $"row {i}", StringComparer.Ordinal).Select(g => g.ToArray()).ToArray();
        random.Shuffle(units);
        foreach (var size in new[] { 1, 2, 3 })
        {
            var sum = TokenLossResult.Zero;
            foreach (var part in units.Chunk(size).Select(u => u.SelectMany(i => i).ToArray()))
            {
                var (result, gradients) = Run(loss, [.. part.Select(i => rows[i])], [.. part.Select(i => scores[i])]);
                sum = sum.Add(result);
                for (var i = 0; i < part.Length; i++)
                {
                    Assert.Equal(whole.Gradients[part[i]].LogProbs, gradients[i].LogProbs);
                    Assert.Equal(whole.Gradients[part[i]].Entropies, gradients[i].Entropies);
                    Assert.Equal(whole.Gradients[part[i]].Values, gradients[i].Values);
                }
            }

            Assert.Equal(whole.Result.Loss, sum.Loss, 1e-9);
            Assert.Equal(whole.Result.Metrics.Keys.Order(), sum.Metrics.Keys.Order());
            foreach (var (name, value) in whole.Result.Metrics) Assert.Equal(value, sum.Metrics[name], 1e-9);
        }
    }

    /// <summary>Rows with everything that a loss may read, two to a coupling, one the better and one the worse; some tokens masked.</summary>
    public static (TrainingRow[] Rows, TokenScores[] Scores) Batch(Random random, int rows, float spread = 0.6f)
    {
        float Draw(double low, double high) => (float)(low + (high - low) * random.NextDouble());
        var (made, scores) = (new TrainingRow[rows], new TokenScores[rows]);
        for (var i = 0; i < rows; i++)
        {
            var n = random.Next(1, 5);
            float[] Each(Func<float> draw) => [.. Enumerable.Range(0, n).Select(_ => draw())];
            var logProbs = Each(() => Draw(-3, -0.2));
            var advantage = Draw(0.1, 2) * (i % 2 == 0 ? 1 : -1);
            made[i] = new()
            {
                PromptIds = [1], CompletionIds = new int[n], Role = "solver", TrajectoryId = $"t{i}", NodeId = "n", Coupling = $"c{i / 2}", MarginOffset = i / 2 * 0.3 - 0.2,
                Mask = [.. Enumerable.Range(0, n).Select(t => t == 0 || random.Next(4) > 0)], Advantages = Each(() => advantage), BehaviorLogProbs = [.. logProbs.Select(p => p + Draw(-spread, spread))],
                ReferenceLogProbs = [.. logProbs.Select(p => p + Draw(-1, 1))], Returns = Each(() => Draw(-1, 1)), BehaviorValues = Each(() => Draw(-1, 1)),
                ImportanceWeights = i % 3 == 0 ? Each(() => Draw(0.5, 2)) : [],
            };
            scores[i] = new(logProbs, Each(() => Draw(0, 2)), Each(() => Draw(-1, 1)));
        }

        return (made, scores);
    }
}
