namespace AgentTeams.Samples.WordProblems;

/// <summary>
/// The team's rewards: 1 if its value is right; small ones for each role's format; and for the verifier whether it judged
/// rightly. Only answers are used, never solutions.
/// </summary>
internal static class TeamRewards
{
    /// <summary>The composed reward.</summary>
    /// <param name="problems">The problems by id.</param>
    /// <param name="outcome">Whether answers are used at all; without them only the format counts.</param>
    public static RewardComposer Create(IReadOnlyDictionary<string, Problem> problems, bool outcome)
    {
        var format = new DelegateReward("format", trajectory => [.. WordProblemTeam.RoundsOf(trajectory).SelectMany(Format)]);
        if (!outcome) return new RewardComposer([(format, 1)]);
        return new RewardComposer(
        [
            (new OutcomeReward(t => WordProblemTeam.RoundsOf(t)[^1].IsRight(problems[t.Task]) ? 1 : 0), 1),
            (format, 0.1),
            (new DelegateReward("verifier", t => [.. WordProblemTeam.RoundsOf(t).SelectMany(r => Verdict(r, problems[t.Task]))], mayAbstain: true), 0.5),
        ]);
    }

    private static IEnumerable<Reward> Format(TeamRound round)
    {
        if (round.Plan is { Error: null } plan) yield return Reward.ForNode(plan.Id, "format", Prompts.IsPlan(plan.Text) ? 0 : -1);
        if (round.Code is { Error: null } code) yield return Reward.ForNode(code.Id, "format", round.Value == Prompts.NoValue ? -1 : 0);
        if (round.Verification is { Error: null } verdict) yield return Reward.ForNode(verdict.Id, "format", Prompts.IsVerdict(verdict.Text) ? 0 : -1);
    }

    private static IEnumerable<Reward> Verdict(TeamRound round, Problem problem)
    {
        if (round.Verification is { Error: null } verdict)
            yield return Reward.ForNode(verdict.Id, "verifier", round.IsAccepted == round.IsRight(problem) ? 1 : 0);
    }
}
