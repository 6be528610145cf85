namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// The team's rewards: 1 if its value is right; small ones for each role's format, which a retry that repeats what was turned
/// down violates; and for the verifier whether it judged rightly. Only answers are used, never solutions.
/// </summary>
internal static class TeamRewards
{
    /// <summary>The composed reward.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="outcome">Whether answers are used at all; without them only the format counts.</param>
    public static RewardComposer Create(TaskSet<Problem> problems, bool outcome)
    {
        var format = new DelegateReward("format", trajectory => FormatOf(WordProblemTeam.RoundsOf(trajectory)));
        if (!outcome) return new RewardComposer().Add(format);
        return new RewardComposer()
            .Add(new OutcomeReward(t => WordProblemTeam.RoundsOf(t)[^1].IsRight(problems[t.TaskId]) ? 1 : 0))
            .Add(format, 0.1)
            .Add(new DelegateReward("verifier", t => [.. WordProblemTeam.RoundsOf(t).SelectMany(r => Verdict(r, problems[t.TaskId]))], mayAbstain: true), 0.5);
    }

    private static List<Reward> FormatOf(IReadOnlyList<TeamRound> rounds) => [.. rounds.SelectMany((r, i) => Format(r, i == 0 ? null : rounds[i - 1]))];

    private static IEnumerable<Reward> Format(TeamRound round, TeamRound? rejected)
    {
        if (round.Plan is { Error: null } plan) yield return Judge(plan, Prompts.IsPlan(plan.Text));
        if (round.Code is { Error: null } code) yield return Judge(code, round.Value != Prompts.NoValue && code.Text != rejected?.Code?.Text);
        if (round.Verification is { Error: null } verdict) yield return Judge(verdict, Prompts.IsVerdict(verdict.Text));

        static Reward Judge(TrajectoryNode node, bool isWellFormed) => Reward.ForNode(node.Id, "format", isWellFormed ? 0 : -1);
    }

    // To turn down what is right costs more than to let a mistake pass: a retry then leads away from the answer.
    private static IEnumerable<Reward> Verdict(TeamRound round, Problem problem)
    {
        if (round.Verification is not { Error: null } verdict) yield break;
        var isRight = round.IsRight(problem);
        yield return Reward.ForNode(verdict.Id, "verifier", round.IsAccepted == isRight ? 1 : isRight ? -2 : 0);
    }
}
