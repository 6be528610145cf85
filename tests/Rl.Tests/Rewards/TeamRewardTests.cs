using CsCheck;

namespace AgentTeams.Tests;

public sealed class TeamRewardTests
{
    private static async Task<Reward[]> Score(IRewardFunction function, Trajectory run, params Trajectory[] group) => [.. await function.ScoreAsync(run, group.Length == 0 ? [run] : group)];

    private static double[] Of(IEnumerable<Reward> rewards, string role) => [.. rewards.Where(r => r.Target.Role == role).Select(r => r.Value)];

    [Fact]
    public async Task TurnShare_CodeWorkflow_MatchesUnityMas()
    {
        double[] passRates = [0.25, 0.75, 1];
        var run = Make.Trajectory("t", Enumerable.Range(0, 3).SelectMany(t => new[] { "planner", "coder", "reflector" }.Take(t == 2 ? 2 : 3).Select(r => Make.Node($"{r}{t}", r, t, t == 1 && r == "coder" ? "bad" : "good"))));
        var share = new TurnShareReward
        {
            Score = (_, turn) => passRates[turn],
            Shares = new Dictionary<string, TurnShare> { ["planner"] = TurnShare.Delta, ["coder"] = TurnShare.Delta, ["reflector"] = TurnShare.NextDelta },
        };

        var scored = (await new RewardComposer().Add(share).Add(new FormatReward("coder", text => text == "bad" ? -1.0 : 0)).ScoreAsync([run]))[0];
        var turns = scored.Rewards.Where(r => r.Name == "turn").ToList();

        Make.Near([0.25, 0.5, 0.25], Of(turns, "planner"), 1e-12);
        Make.Near([0.25, 0.5, 0.25], Of(turns, "coder"), 1e-12);
        Make.Near([0.5, 0.25], Of(turns, "reflector"), 1e-12);
        Assert.Equal(-0.5, new RoleCredit().Assign(scored).Single(r => r.Node.Id == "coder1").Return, 1e-12);
    }

    [Fact]
    public async Task TurnShare_SearchWorkflow_MatchesMAsk()
    {
        double?[] f1 = [0.2, 0.5, 0.4, null];
        string[] searchers = ["search", "summary", "update"];
        var run = Make.Trajectory("t", [Make.Node("answer0", "answer"), .. Enumerable.Range(1, 3).SelectMany(t => (t == 3 ? ["search"] : searchers.Append("answer")).Select(r => Make.Node($"{r}{t}", r, t)))]);

        var rewards = await Score(new TurnShareReward
        {
            Score = (_, turn) => f1[turn],
            Shares = searchers.Select(s => KeyValuePair.Create(s, TurnShare.Delta)).Append(new("answer", TurnShare.Score)).ToDictionary(),
        }, run);

        Make.Near([0.2, 0.5, 0.4], Of(rewards, "answer"), 1e-12);
        Make.Near([0.3, -0.1, 0], Of(rewards, "search"), 1e-12);
        Make.Near([0.3, -0.1], Of(rewards, "summary"), 1e-12);
        Make.Near([0.3, -0.1], Of(rewards, "update"), 1e-12);
    }

    [Fact]
    public void TurnShare_AnyScores_TelescopeToTheLast() => Gen.Double[-5, 5].Array[1, 9].Sample(scores =>
    {
        var run = Make.Trajectory("t", scores.SelectMany((_, t) => new[] { Make.Node($"p{t}", "planner", t), Make.Node($"r{t}", "reflector", t) }));
        var rewards = new TurnShareReward
        {
            Score = (_, turn) => scores[turn], Initial = 0.5, Shares = new Dictionary<string, TurnShare> { ["planner"] = TurnShare.Delta, ["reflector"] = TurnShare.NextDelta },
        }.ScoreAsync(run, [run]).AsTask().GetAwaiter().GetResult();
        return Math.Abs(Of(rewards, "planner").Sum() - (scores[^1] - 0.5)) < 1e-9 && Math.Abs(Of(rewards, "reflector").Sum() - (scores[^1] - scores[0])) < 1e-9;
    });

    [Fact]
    public async Task TurnShare_SeveralCallsInATurn_AreRewardedOnce()
    {
        var run = Make.Trajectory("t", [Make.Node("c0/call-1", "coder"), Make.Node("c0/call-2", "coder")]);

        var reward = Assert.Single(await Score(new TurnShareReward { Score = (_, _) => 1, Shares = new Dictionary<string, TurnShare> { ["coder"] = TurnShare.Delta } }, run));

        Assert.Equal(RewardTarget.OfTurn(0, "coder"), reward.Target);
    }

    [Fact]
    public async Task Improvement_FeedbackBetweenDrafts_EarnsTheChange()
    {
        var run = Make.Trajectory("t",
            [Draft("w0", "0.2"), Make.Node("f0", "critic"), Draft("w1", "0.7"), Make.Node("f1", "critic"), Make.Node("f2", "critic"), Draft("w2", "0.5"), Make.Node("f3", "critic")]);

        var rewards = await Score(Improvement(), run);

        Assert.Equal(["f0", "f1", "f2", "f3"], rewards.Select(r => r.Target.NodeId));
        Make.Near([0.5, -0.1, -0.1, 0], [.. rewards.Select(r => r.Value)], 1e-12);
    }

    [Fact]
    public void Improvement_AnyDrafts_TelescopesFromFirstToLast() => Gen.Double[0, 1].Array[2, 8].Sample(scores =>
    {
        var run = Make.Trajectory("t", scores.SelectMany((s, i) => new[] { Make.Node($"f{i}", "critic", i), Draft($"w{i}", s.ToString("R", System.Globalization.CultureInfo.InvariantCulture)) }));
        double Sum(double? initial) => (Improvement() with { Initial = initial }).ScoreAsync(run, [run]).AsTask().GetAwaiter().GetResult().Sum(r => r.Value);
        return Math.Abs(Sum(null) - (scores[^1] - scores[0])) < 1e-9 && Math.Abs(Sum(0.25) - (scores[^1] - 0.25)) < 1e-9;
    });

    [Fact]
    public async Task Improvement_Fork_PaysForItsOwnAdviceOnly()
    {
        var run = Make.Trajectory("t", [Draft("w0", "0.2") with { Inherited = true }, Make.Node("f0", "critic") with { Inherited = true }, Make.Node("f1", "critic"), Draft("w1", "0.6")]);

        Assert.Equal([("f1", 0.2)], (await Score(Improvement(), run)).Select(r => (r.Target.NodeId, Math.Round(r.Value, 12))));
    }

    [Fact]
    public async Task CrossRole_OneRole_IsJudgedByAnothersReplies()
    {
        var run = Make.Trajectory("t", [Make.Node("p0", "planner"), Make.Node("c0", "coder", text: "a"), Make.Node("c1", "coder", 1, "b")]);
        var reward = new CrossRoleReward { Role = "planner", From = "coder", Score = (_, replies) => replies.Count + (replies[^1].Text == "b" ? 0.5 : 0) };

        Assert.Equal([Reward.ForRole("planner", "cross_role", 2.5)], await Score(reward, run));
        Assert.Empty(await Score(reward, Make.Trajectory("u", [Make.Node("p0", "planner")])));
        Assert.Empty(await Score(reward, Make.Trajectory("u", [Make.Node("c0", "coder")])));
        Assert.Throws<AgentTeamsException>(() => new RewardComposer().Add(reward with { From = "planner" }));
    }

    [Theory]
    [InlineData("def aux", "aux(1)", null, 1)]
    [InlineData("def aux", "1", null, -0.5)]
    [InlineData("def aux", "1", 1, 1)]
    [InlineData("", "1", 1, -0.5)]
    public async Task Cooperation_Criteria_PayWhereEnoughHoldTogether(string helper, string main, int? atLeast, double expected)
    {
        var reward = new CooperationReward
        {
            AtLeast = atLeast, Otherwise = -0.5,
            Criteria = new Dictionary<string, Func<Trajectory, string, bool>> { ["helper"] = (_, text) => text.StartsWith("def", StringComparison.Ordinal), ["main"] = (_, text) => text.Contains("aux(", StringComparison.Ordinal) },
        };
        var run = Make.Trajectory("t", [Make.Node("h", "helper", text: helper), Make.Node("m", "main", text: main)]);

        Assert.Equal([Reward.ForTrajectory("cooperation", expected)], await Score(reward, run));
        Assert.Equal(-0.5, (await Score(reward, run with { Status = TrajectoryStatus.Failed }))[0].Value);
        Assert.Throws<AgentTeamsException>(() => new RewardComposer().Add(reward with { AtLeast = 3 }));
    }

    [Theory]
    [InlineData("7", "7", "7", 1)]
    [InlineData("7", "8", "7", 0.333333)]
    [InlineData("7", "8", "9", 0)]
    [InlineData("7", "7", null, 0.333333)]
    public async Task Agreement_Answers_IsThePartOfPairsThatAgree(string a, string b, string? c, double expected)
    {
        string?[] said = [a, b, c];
        var run = Make.Trajectory("t", said.Select((s, i) => (s, i)).Where(s => s.s is not null).Select(s => Make.Node($"{s.i}", $"r{s.i}", text: s.s!)));

        Assert.Equal(expected, (await Score(new AgreementReward { Roles = ["r0", "r1", "r2"] }, run))[0].Value, 1e-6);
    }

    [Fact]
    public async Task Majority_Answers_AreJudgedByTheGroupInAnyOrder()
    {
        Trajectory[] group = [.. new[] { "4", "5", "4", "6" }.Select((a, i) => Make.Trajectory($"{i}", [Make.Node("c", "coder")]) with { Outcome = a }), Make.Trajectory("4", []) with { Outcome = "5", Status = TrajectoryStatus.Failed }];
        async Task<double[]> Values(MajorityReward reward, Trajectory[] siblings) => await Task.WhenAll(group.Select(async t => (await Score(reward, t, siblings))[0].Value));

        Make.Near([1, 0, 1, 0, 0], await Values(new(), group));
        Make.Near([1, 0, 1, 0, 0], await Values(new(), [.. group.Reverse()]));
        Make.Near([0, 0, 0, 0, 0], await Values(new() { MinShare = 0.5 }, group));
    }

    private static TrajectoryNode Draft(string id, string score) => Make.Node(id, "writer", text: score);

    private static ImprovementReward Improvement() => new() { Role = "critic", Of = "writer", Score = (_, reply) => double.Parse(reply.Text, System.Globalization.CultureInfo.InvariantCulture) };
}
