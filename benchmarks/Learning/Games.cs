namespace AgentTeams.Benchmarks.Learning;

/// <summary>What the experiments have in common.</summary>
internal static class Games
{
    // Plain gradient steps: an epsilon far above the second moment's root leaves AdamW's scale out, as the calibrations had it.
    public static AdamWOptions Sgd(double rate) => new() { LearningRate = rate, Epsilon = 1, Beta1 = 0, Beta2 = 0, MaxGradientNorm = double.PositiveInfinity };

    public static readonly AdamWOptions Adam = new() { LearningRate = 2e-3 };

    public static string[] Questions(int count) => [.. Enumerable.Range(0, count).Select(i => $"<q{i}>")];

    /// <summary>All roles of a team answer the same question without reading each other.</summary>
    public static TaskSet<string> Together(TinyTeam team, string[] questions, int roles, int choices = 10, bool hideRole = false) => TaskSet.Create(questions, q => q, async (q, key, token) =>
    {
        var said = new List<TrajectoryNode>();
        for (var r = 0; r < roles; r++) said.Add(await team.AskAsync(r, q, key, choices, hideRole: hideRole, cancellationToken: token));
        return TinyTeam.Record(q, key, said);
    });

    public static int QuestionOf(Trajectory run) => QuestionOf(run.TaskId);

    public static int QuestionOf(string question) => int.Parse(question.AsSpan(2, question.Length - 3), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The mean over questions of an exact probability.</summary>
    public static async Task<double> MeanAsync(IEnumerable<string> questions, Func<string, Task<double>> probability)
    {
        var sum = 0.0;
        var count = 0;
        foreach (var question in questions)
        {
            sum += await probability(question);
            count++;
        }

        return sum / count;
    }

    public static double Gaussian(SeedKey key)
    {
        var random = key.ToRandom();
        return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
