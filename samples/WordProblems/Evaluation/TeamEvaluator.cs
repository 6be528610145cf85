namespace AgentTeams.Samples.WordProblems;

/// <summary>Runs the greedy team on the held-out problems and counts.</summary>
internal static class TeamEvaluator
{
    public static async Task<TeamEvaluation> EvaluateAsync(
        IReadOnlyList<Problem> problems, Rollout<Problem> rollout, ITrajectoryStore? store, SeedKey key, CancellationToken cancellationToken)
    {
        var trajectories = await new RolloutRunner<Problem>(rollout, p => p.Id, store).RunAsync(problems, 1, key, cancellationToken);
        if (store is not null) await store.AppendAsync(trajectories, cancellationToken);

        var rounds = trajectories.Select(WordProblemTeam.RoundsOf).ToList();
        bool Right(int problem, int round) => rounds[problem].Count > 0 && rounds[problem][^(round < 0 ? 1 : rounds[problem].Count)].IsRight(problems[problem]);
        var verdicts = rounds.SelectMany((r, i) => r.Where(x => x.Verification is not null).Select(x => (Right: x.IsRight(problems[i]), x.IsAccepted))).ToList();
        return new TeamEvaluation(
            Rate(problems.Count, i => Right(i, -1)),
            Rate(problems.Count, i => Right(i, 0)),
            new VerifierAccuracy(
                Share(verdicts.Where(v => v.Right), v => v.IsAccepted),
                Share(verdicts.Where(v => !v.Right), v => !v.IsAccepted)),
            [.. problems.Select((p, i) => new EvaluatedProblem(p, trajectories[i], Right(i, -1)))]);
    }

    private static SuccessRate Rate(int count, Func<int, bool> success) => new(Enumerable.Range(0, count).Count(success), count);

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> holds) => items.Select(i => holds(i) ? 1.0 : 0).DefaultIfEmpty(0).Average();
}
