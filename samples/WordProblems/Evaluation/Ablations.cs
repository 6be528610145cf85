namespace AgentTeams.Samples.WordProblems;

/// <summary>What a part of the team is worth, found by taking it away.</summary>
internal static class Ablations
{
    /// <summary>The team when the coder always sees the first plan of the next problem whose plan is another.</summary>
    public static Task<MeasuredTeam> WithSwappedPlansAsync(RunServices run, MeasuredTeam evaluation, CancellationToken cancellationToken)
    {
        var plans = evaluation.Outcomes.Select(o => WordProblemTeam.RoundsOf(o.Trajectory)[0].Plan?.Text ?? "").ToList();
        var swapped = evaluation.Outcomes.Select((o, i) => (o.Problem.Question, Plan: Enumerable.Range(1, plans.Count)
            .Select(n => plans[(i + n) % plans.Count]).FirstOrDefault(p => p != plans[i], plans[i]))).DistinctBy(p => p.Question).ToDictionary(p => p.Question, p => p.Plan, StringComparer.Ordinal);
        return TeamEvaluator.EvaluateAsync(run.Problems.Test, run.Runner.GreedyWithPlans((state, _) => swapped[state.Question]), null,
            new SeedKey(run.Options.Seed, "swapped-plans"), cancellationToken);
    }
}
