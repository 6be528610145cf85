namespace AgentTeams.Samples.WordProblems;

/// <summary>Supervised examples: what each role should have said.</summary>
internal static class Lessons
{
    /// <summary>The planner's and the coder's first round.</summary>
    public static IEnumerable<SftExample> FirstRound(Problem problem)
    {
        var state = TeamState.Of(problem) with { Plan = problem.Solution.ToPlan() };
        yield return new(Prompts.Planner, Prompts.ForPlanner(state), state.Plan);
        yield return new(Prompts.Coder, Prompts.ForCoder(state), problem.Solution.ToInfix());
    }

    /// <summary>
    /// Coder examples for plans that are not the problem's: the same operands under another operation. They teach the coder to do
    /// what the plan says, so that the planner's choice decides.
    /// </summary>
    public static IEnumerable<SftExample> OtherPlans(Problem problem, Random random, int count)
    {
        var variants = problem.Solution.Variants.ToArray();
        random.Shuffle(variants);
        return variants.Take(count).Select(v => new SftExample(Prompts.Coder, Prompts.ForCoder(TeamState.Of(problem) with { Plan = v.ToPlan() }), v.ToInfix()));
    }

    /// <summary>What the team's own attempts teach: the verifier how to judge, the others how to go on after a rejection.</summary>
    public static IEnumerable<SftExample> FromAttempts(IEnumerable<(Problem Problem, Attempt Attempt)> made)
    {
        // A verifier that saw mostly mistakes would turn everything down, and every rejection costs a round.
        var attempts = made.Distinct().ToList();
        var right = attempts.Where(a => a.Attempt.IsRight).ToList();
        return right.Concat(attempts.Where(a => !a.Attempt.IsRight).Take(right.Count / 4)).Select(a => Verdict(a.Problem, a.Attempt))
            .Concat(attempts.Where(a => !a.Attempt.IsRight).SelectMany(a => Retry(a.Problem, a.Attempt)));
    }

    private static SftExample Verdict(Problem problem, Attempt attempt) =>
        new(Prompts.Verifier, Prompts.ForVerifier(After(problem, attempt)), Prompts.RightVerdict(problem.Solution, attempt.IsRight, attempt.Plan));

    private static IEnumerable<SftExample> Retry(Problem problem, Attempt attempt)
    {
        var next = After(problem, attempt) with
        {
            Round = 1,
            Verdict = Prompts.RightVerdict(problem.Solution, isRight: false, attempt.Plan),
            RejectedPlan = attempt.Plan,
            RejectedExpression = attempt.Expression,
        };
        yield return new(Prompts.Planner, Prompts.ForPlanner(next), problem.Solution.ToPlan());
        yield return new(Prompts.Coder, Prompts.ForCoder(next with { Plan = problem.Solution.ToPlan() }), problem.Solution.ToInfix());
    }

    private static TeamState After(Problem problem, Attempt attempt) =>
        TeamState.Of(problem) with { Plan = attempt.Plan, Expression = attempt.Expression, Value = attempt.Value };
}

/// <summary>A plan and expression that the team itself came up with.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Expression">The expression.</param>
/// <param name="Value">What the calculator said.</param>
/// <param name="IsRight">Whether that is the answer.</param>
internal sealed record Attempt(string Plan, string Expression, string Value, bool IsRight)
{
    /// <summary>The first round of a run.</summary>
    public static Attempt Of(Trajectory trajectory, Problem problem)
    {
        var round = WordProblemTeam.RoundsOf(trajectory)[0];
        return new(round.Plan!.Text, round.Code!.Text, round.Value, round.IsRight(problem));
    }
}
