namespace AgentTeams.Samples.WordProblems;

/// <summary>Runs the greedy team on the held-out problems and counts.</summary>
internal static class TeamEvaluator
{
    public static async Task<MeasuredTeam> EvaluateAsync(
        IReadOnlyList<Problem> problems, Rollout<Problem> rollout, RolloutOptions? options, SeedKey key, CancellationToken cancellationToken) =>
        Measure(problems, await new RolloutRunner<Problem>(rollout, p => p.Id, options).RunAsync(problems, 1, key, cancellationToken));

    /// <summary>An evaluation that was made before, with the weights of its time.</summary>
    public static async Task<MeasuredTeam> RecallAsync(IReadOnlyList<Problem> problems, ITrajectoryStore store, SeedKey key, CancellationToken cancellationToken)
    {
        var trajectories = new List<Trajectory>();
        foreach (var problem in problems)
        {
            trajectories.Add(await store.FindAsync((key with { Task = problem.Id }).ToTrajectoryId(), cancellationToken)
                ?? throw new AgentTeamsException($"The evaluation after step {key.Step} of problem '{problem.Id}' is not in the store. Start the run anew."));
        }

        return Measure(problems, trajectories);
    }

    private static MeasuredTeam Measure(IReadOnlyList<Problem> problems, IReadOnlyList<Trajectory> trajectories)
    {
        var rounds = trajectories.Select(WordProblemTeam.RoundsOf).ToList();
        var places = trajectories.Index().ToDictionary(t => t.Item.Id, t => t.Index, StringComparer.Ordinal);
        bool Right(int problem, int round) => rounds[problem].Count > 0 && rounds[problem][^(round < 0 ? 1 : rounds[problem].Count)].IsRight(problems[problem]);
        var verdicts = rounds.SelectMany((r, i) => r.Where(x => x.Verification is not null).Select(x => (Right: x.IsRight(problems[i]), x.IsAccepted))).ToList();
        return new MeasuredTeam(
            Rate(i => Right(i, -1)),
            Rate(i => Right(i, 0)),
            new VerifierAccuracy(
                Share(verdicts.Where(v => v.Right), v => v.IsAccepted),
                Share(verdicts.Where(v => !v.Right), v => !v.IsAccepted)),
            [.. problems.Select((p, i) => new EvaluatedProblem(p, trajectories[i], Right(i, -1)))]);

        SuccessRate Rate(Func<int, bool> isRight) => SuccessRate.Of(trajectories, t => isRight(places[t.Id]));
    }

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> holds) => items.Select(i => holds(i) ? 1.0 : 0).DefaultIfEmpty(0).Average();
}
