namespace AgentTeams.Samples.WordProblems;

/// <summary>A problem worth looking at, as the team handled it before and after reinforcement learning.</summary>
/// <param name="Title">Why it is shown.</param>
/// <param name="Before">The run before.</param>
/// <param name="After">The run after.</param>
internal sealed record SampleTrajectory(string Title, EvaluatedProblem Before, EvaluatedProblem After)
{
    public Problem Problem => After.Problem;
}

/// <summary>Chooses what to show of an evaluation: one problem that training mended, one that a retry mended, one that still fails.</summary>
internal static class SampleTrajectories
{
    public const string Improved = "Improved by training";
    public const string HelpedByRetry = "A retry that helped";
    public const string StillWrong = "Still wrong";
    public const string Other = "Another run";
    private const int Count = 3;

    /// <summary>Up to three problems that both evaluations hold, each shown once; where a kind is missing, another problem takes its place.</summary>
    public static IReadOnlyList<SampleTrajectory> Choose(MeasuredTeam before, MeasuredTeam after)
    {
        var earlier = before.Outcomes.ToDictionary(o => o.Problem.Id, StringComparer.Ordinal);
        var pairs = after.Outcomes.Where(o => earlier.ContainsKey(o.Problem.Id)).Select(o => (Before: earlier[o.Problem.Id], After: o)).ToList();
        var chosen = new List<SampleTrajectory>();
        void Add(string title, Func<(EvaluatedProblem Before, EvaluatedProblem After), bool> fits)
        {
            if (chosen.Count == Count || pairs.FindIndex(p => fits(p)) is not (>= 0 and var at)) return;
            chosen.Add(new(title, pairs[at].Before, pairs[at].After));
            pairs.RemoveAt(at);
        }

        Add(Improved, p => p is { Before.IsRight: false, After.IsRight: true } && !RetryHelped(p.After));
        if (chosen.Count == 0) Add(Improved, p => p is { Before.IsRight: false, After.IsRight: true });
        Add(HelpedByRetry, p => RetryHelped(p.After));
        Add(StillWrong, p => !p.After.IsRight);
        while (chosen.Count < Count && pairs.Count > 0) Add(Other, _ => true);
        return chosen;
    }

    private static bool RetryHelped(EvaluatedProblem outcome) =>
        outcome.IsRight && DrawnRound.Of(outcome.Trajectory) is [var first, _, ..] && !(first.Value is { } value && outcome.Problem.IsAnswer(value));
}
