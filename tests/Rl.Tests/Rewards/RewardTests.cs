using CsCheck;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RewardTests
{
    private static readonly double[] PassRates = [0.25, 0.75, 1];

    private static readonly Trajectory Run = Make.Trajectory("t",
        [Make.Node("p0", "planner", 0, "plan"), Make.Node("c0", "coder", 0, "<b>"), Make.Node("c1", "coder", 1, "b"), Make.Node("c2", "coder", 2, "<b>")]);

    private static RewardComposer Composer(params (IRewardFunction, double)[] parts) =>
        parts.Aggregate(new RewardComposer(), (composer, part) => composer.Add(part.Item1, part.Item2));

    private static OutcomeReward Outcome(string name = "outcome") => new(t => t.Outcome == "t" ? 1 : 0.5, name);

    [Fact]
    public async Task ScoreAsync_SeveralFunctions_WeightsAndNamesTheirRewards()
    {
        var scored = await Composer((Outcome(), 2), (new FormatReward("coder", text => text.StartsWith('<')), 0.1)).ScoreAsync([Run]);
        Assert.Equal([("outcome", "", 1.0, 2.0), ("format", "c0", 1, 0.1), ("format", "c1", 0, 0.1), ("format", "c2", 1, 0.1)],
            scored[0].Rewards.Select(r => (r.Name, r.Target.ToString(), r.Value, r.Weight)));
        Assert.All(scored[0].Rewards, r => Assert.Equal(r.Name, r.Source));
    }

    [Fact]
    public async Task ScoreAsync_Twice_ReplacesOnlyItsOwnRewards()
    {
        var foreign = Run with { Rewards = [Reward.ForTrajectory("human", 3)] };
        var composer = Composer((Outcome(), 1));
        var twice = await composer.ScoreAsync(await composer.ScoreAsync([foreign]));
        Assert.Equal(["human", "outcome"], twice[0].Rewards.Select(r => r.Name));
    }

    [Fact]
    public async Task ScoreAsync_MixedGroups_ShowsEachFunctionItsGroup()
    {
        var sizes = new DelegateReward("size", (t, group, _) => new([Reward.ForTrajectory("size", group.Count(g => g.GroupId == t.GroupId))]));
        Trajectory[] batch = [Make.Trajectory("1", [], "a"), Make.Trajectory("2", [], "b"), Make.Trajectory("3", [], "a")];
        var scored = await new RewardComposer { MaxConcurrency = 3 }.Add(sizes).ScoreAsync(batch);
        Assert.Equal([("1", 2.0), ("2", 1.0), ("3", 2.0)], scored.Select(t => (t.Id, t.Rewards[0].Value)));
    }

    [Fact]
    public async Task TurnDelta_PassRates_TelescopeToTheLast()
    {
        var scored = await Composer((new TurnDeltaReward((_, turn) => PassRates[turn]), 1)).ScoreAsync([Run]);
        Make.Near([0.25, 0.5, 0.25], [.. scored[0].Rewards.Select(r => r.Value)], 1e-12);
        Assert.Equal([0, 1, 2], scored[0].Rewards.Select(r => r.Target.Turn));
        Assert.Equal(PassRates[^1], scored[0].Rewards.Sum(r => r.Value), 1e-12);
    }

    [Fact]
    public async Task TurnDelta_BadFormatWithWeight_MatchesOracle()
    {
        var penalty = new FormatReward("coder", text => text == "b" ? -1.0 : 0);
        var scored = await Composer((new TurnDeltaReward((_, turn) => PassRates[turn]), 1), (penalty, 1)).ScoreAsync([Run]);
        Assert.Equal(-0.5, new RoleCredit().Assign(scored[0])[2].Return, 1e-12);
    }

    [Fact]
    public async Task Graph_OutcomeAndFormatOfThreeRoles_MatchOracle()
    {
        string[] roles = ["planner", "coder", "verifier"];
        var run = Make.Trajectory("t", roles.Select(r => Make.Node(r, r)));
        var composer = roles.Aggregate(new RewardComposer().Add(Outcome()), (c, role) => c.Add(new FormatReward(role, _ => true, $"format-{role}"), 0.2));

        var scored = (await composer.ScoreAsync([run]))[0];

        Make.Near([1.2, 1.2, 1.2], [.. new RoleCredit().Assign(scored).Select(r => r.Return)], 1e-12);
        Make.Near([0.533333, 0.533333, 0.533333], [.. new SplitCredit().Assign(scored).Select(r => r.Return)]);
    }

    [Fact]
    public void Weights_AnyFactor_ScaleReturnsLinearly() => Gen.Select(Gen.Double[-3, 3], Gen.Double[-3, 3]).Sample((weight, factor) =>
    {
        double[] Returns(double w) =>
        [
            .. new RoleCredit().Assign(Composer((Outcome(), w), (new TurnDeltaReward((_, turn) => PassRates[turn]), w)).ScoreAsync([Run]).GetAwaiter().GetResult()[0]).Select(r => r.Return),
        ];
        return Returns(weight).Zip(Returns(weight * factor)).All(p => Math.Abs((p.First * factor) - p.Second) < 1e-9);
    });

    [Fact]
    public async Task Outcome_FailedRun_IsNotAsked()
    {
        var failed = Run with { Status = TrajectoryStatus.Failed };
        var scored = await Composer((new OutcomeReward(_ => throw new InvalidOperationException(), failed: -1), 1)).ScoreAsync([failed]);
        Assert.Equal(-1, scored[0].Rewards[0].Value);
    }

    [Fact]
    public async Task Format_ToolCallsAndSilence_AreNotJudged()
    {
        var calling = Make.Node("c0", "coder") with { Output = [new(ChatRole.Assistant, [new FunctionCallContent("1", "f")])] };
        var silent = Make.Node("c1", "coder") with { Output = [] };
        var scored = await Composer((Outcome(), 1), (new FormatReward("coder", text => false), 1)).ScoreAsync([Make.Trajectory("t", [calling, silent])]);
        Assert.Equal("outcome", Assert.Single(scored[0].Rewards).Name);
    }

    [Fact]
    public async Task ScoreAsync_FunctionAnswersNothing_IsLoud()
    {
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new DelegateReward("judge", _ => []), 1)).ScoreAsync([Run]));
        Assert.Contains("'judge'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'t'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScoreAsync_EveryFunctionAbstains_IsLoud() => Assert.Contains("without any reward",
        (await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new FormatReward("critic", _ => true), 1)).ScoreAsync([Run]))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task ScoreAsync_UnknownNodeOrNotANumber_IsLoud()
    {
        await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new DelegateReward("f", _ => [Reward.ForNode("ghost", "x", 1)]), 1)).ScoreAsync([Run]));
        await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new OutcomeReward(_ => double.NaN), 1)).ScoreAsync([Run]));
    }

    [Fact]
    public async Task ScoreAsync_FunctionThrows_NamesFunctionAndTrajectory()
    {
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new OutcomeReward(_ => throw new FormatException("no number")), 1)).ScoreAsync([Run]));
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Contains("'outcome'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScoreAsync_NoConcurrency_IsRefused() => await Assert.ThrowsAsync<AgentTeamsException>(() => new RewardComposer { MaxConcurrency = 0 }.Add(Outcome()).ScoreAsync([Run]));

    [Fact]
    public void Composer_NameTwice_IsRefused() => Assert.Throws<AgentTeamsException>(() => Composer((Outcome(), 1), (Outcome(), 1)));

    [Fact]
    public async Task Metrics_ScoredBatch_HaveTrlNames()
    {
        var scored = await Composer((Outcome(), 2)).ScoreAsync([Run, Make.Trajectory("u", [])]);
        var metrics = RewardMetrics.Of(scored);
        Assert.Equal(1.5, metrics["reward"]);
        Assert.Equal(Math.Sqrt(0.5), metrics["reward_std"], 1e-12);
        Assert.Equal(0.75, metrics["rewards/outcome/mean"]);
    }

    [Fact]
    public void Metrics_RewardsOfRolesTurnsAndTokens_AreBrokenDownByRole()
    {
        var coder = Make.Tokens("c0", "coder", 0, 3);
        var run = Make.Trajectory("t", [Make.Node("p0", "planner"), coder, Make.Node("c1", "coder", 1)], rewards:
        [
            Reward.ForTrajectory("outcome", 1), Reward.ForRole("planner", "format", 0), Reward.ForNode("c0", "format", 1), Reward.ForTokens("c0", 2, "step", 0.25),
            Reward.ForTokens("c0", 0, "step", 0.75), Reward.ForTurn(0, "delta", 0.5), Reward.ForTurn(0, "planner", "share", -1), Reward.ForTurn(7, "ghost", 9),
        ]);

        var metrics = RewardMetrics.Of([run, Make.Trajectory("u", [Make.Node("c0", "coder")], rewards: Reward.ForTrajectory("outcome", 0))]);

        Assert.Equal((0.5, 1, 0.5), (metrics["rewards/outcome/mean"], metrics["planner/rewards/outcome/mean"], metrics["coder/rewards/outcome/mean"]));
        Assert.Equal((0.5, 0, 1), (metrics["rewards/format/mean"], metrics["planner/rewards/format/mean"], metrics["coder/rewards/format/mean"]));
        Assert.Equal(Math.Sqrt(0.5), metrics["coder/rewards/outcome/std"], 1e-12);
        Assert.Equal((0.5, 0.5, 0.5), (metrics["coder/rewards/step/mean"], metrics["coder/rewards/delta/mean"], metrics["planner/rewards/delta/mean"]));
        Assert.Equal(-1, metrics["planner/rewards/share/mean"]);
        Assert.Equal(9, metrics["rewards/ghost/mean"]);
        Assert.DoesNotContain(metrics.Keys, k => k is "coder/rewards/share/mean" or "planner/rewards/step/mean" || k.EndsWith("/rewards/ghost/mean", StringComparison.Ordinal));
    }

    [Fact]
    public void Credit_RewardOfTokens_IsPartOfItsNodesReturn()
    {
        var run = Make.Trajectory("t", [Make.Tokens("c0", "coder", 0, 3), Make.Tokens("c1", "coder", 1, 3)], rewards: [Reward.ForTokens("c0", 0, "step", 0.25), Reward.ForTokens("c0", 2, "step", 0.5, 2)]);

        Assert.Equal([1.25, 0], new RoleCredit().Assign(run).Select(r => r.Return));
        Assert.Equal([1.25, 1.25], new JointCredit().Assign(run).Select(r => r.Return));
        Assert.Equal([1.25, 0], new ReturnToGoCredit().Assign(run).Select(r => r.Return));
    }

    [Fact]
    public void Credit_RewardOfARolesTurn_IsThatRolesAlone()
    {
        var run = Make.Trajectory("t", [Make.Node("p0", "planner"), Make.Node("c0", "coder"), Make.Node("c1", "coder", 1)], rewards: Reward.ForTurn(0, "coder", "delta", 0.5));

        Assert.Equal([0, 0.5, 0], new RoleCredit().Assign(run).Select(r => r.Return));
        Assert.Equal([0.5, 0.5, 0], new ReturnToGoCredit().Assign(run).Select(r => r.Return));
    }

    [Theory]
    [InlineData("c0", 3)]
    [InlineData("c1", 0)]
    public async Task ScoreAsync_TokenThatTheCompletionDoesNotHave_IsLoud(string node, int token)
    {
        var run = Make.Trajectory("t", [Make.Tokens("c0", "coder", 0, 3), Make.Node("c1", "coder")]);

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Composer((new DelegateReward("f", _ => [Reward.ForTokens(node, token, "x", 1)]), 1)).ScoreAsync([run]));

        Assert.Contains($"the token {token} of the node '{node}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScoreAsync_Fork_IsNotPaidForWhatItInherited()
    {
        var fork = Make.Trajectory("t", [Make.Node("c0", "coder", 0, "<") with { Inherited = true }, Make.Node("c1", "coder", 1, "<")]);

        var scored = await Composer((new TurnDeltaReward((_, turn) => PassRates[turn]), 1), (new FormatReward("coder", text => text.StartsWith('<')), 1)).ScoreAsync([fork]);

        Assert.Equal<Reward>([Reward.ForTurn(1, "delta", 0.5) with { Source = "delta" }, Reward.ForNode("c1", "format", 1) with { Source = "format" }], [.. scored[0].Rewards]);
        Assert.Equal(1.5, Assert.Single(new RoleCredit().Assign(scored[0])).Return);
    }
}
