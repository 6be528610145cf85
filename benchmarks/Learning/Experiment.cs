namespace AgentTeams.Benchmarks.Learning;

/// <summary>A criterion of an experiment, and what was measured.</summary>
/// <param name="What">The quantity.</param>
/// <param name="Values">One value for each seed.</param>
/// <param name="Bound">What each value has to keep, for people.</param>
/// <param name="Holds">Whether a value keeps it.</param>
/// <param name="IsControl">Whether the mechanism is switched off here, so that the bound says that the experiment can tell.</param>
internal sealed record Criterion(string What, IReadOnlyList<double> Values, string Bound, Func<double, bool> Holds, bool IsControl = false)
{
    public bool Passed => Values.All(Holds);

    public static Criterion AtLeast(string what, double bound, IEnumerable<double> values, bool control = false) => new(what, [.. values], $">= {bound:0.###}", v => v >= bound, control);

    public static Criterion AtMost(string what, double bound, IEnumerable<double> values, bool control = false) => new(what, [.. values], $"<= {bound:0.###}", v => v <= bound, control);

    public static Criterion Within(string what, double least, double most, IEnumerable<double> values) => new(what, [.. values], $"{least:0.###} to {most:0.###}", v => v >= least && v <= most);
}

/// <summary>What an experiment found.</summary>
internal sealed record ExperimentResult(string Name, string Question, IReadOnlyList<Criterion> Criteria, TimeSpan Took)
{
    public bool Passed => Criteria.All(c => c.Passed);
}

/// <summary>Runs experiments.</summary>
internal static class Experiment
{
    public const int Seeds = 3;

    /// <summary>A number for each seed; seeds run beside each other.</summary>
    public static async Task<double[]> EachSeedAsync(Func<int, Task<double>> run)
    {
        var values = new double[Seeds];
        await Parallel.ForAsync(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (i, _) => values[i] = await run(i + 1));
        return values;
    }

    /// <summary>Several numbers for each seed, number by number.</summary>
    public static async Task<double[][]> EachSeedAsync(int count, Func<int, Task<double[]>> run)
    {
        var values = Enumerable.Range(0, count).Select(_ => new double[Seeds]).ToArray();
        await Parallel.ForAsync(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (i, _) =>
        {
            var found = await run(i + 1);
            for (var v = 0; v < count; v++) values[v][i] = found[v];
        });
        return values;
    }

    /// <summary>Trains until a measure reaches a goal.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="measure">The measure, exact; it is taken every few steps.</param>
    /// <param name="goal">Where to stop.</param>
    /// <param name="every">How often it is taken.</param>
    /// <returns>The steps that it took, infinite where it was never reached; and the last measure.</returns>
    public static async Task<(double Steps, double Measure)> TrainAsync(RlTrainer trainer, Func<Task<double>> measure, double goal, int every = 5)
    {
        var last = 0.0;
        await foreach (var step in trainer.TrainAsync())
        {
            if ((step.Step + 1) % every != 0) continue;
            last = await measure();
            if (last >= goal) return (step.Step + 1, last);
        }

        return (double.PositiveInfinity, last);
    }

    /// <summary>Trains until the mean reward of the last steps reaches a goal.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="goal">Where to stop.</param>
    /// <param name="window">Over how many steps the mean is taken.</param>
    /// <returns>The steps that it took, infinite where it was never reached; and the last mean.</returns>
    public static async Task<(double Steps, double Reward)> TrainOnRewardAsync(RlTrainer trainer, double goal, int window = 5)
    {
        var rewards = new List<double>();
        await foreach (var step in trainer.TrainAsync())
        {
            rewards.Add(step.Metrics["reward"]);
            if (rewards.Count >= window && rewards.TakeLast(window).Average() >= goal) return (step.Step + 1, rewards.TakeLast(window).Average());
        }

        return (double.PositiveInfinity, rewards.TakeLast(window).Average());
    }
}
