using CsCheck;

namespace AgentTeams.Tests;

public sealed class ProcessRewardTests
{
    /// <summary>Ids are indices into these pieces; the two halves of a character are only text together.</summary>
    private static string Decode(IReadOnlyList<int> ids) => string.Concat(ids.Select(i => new[] { "a", "b\n", "\nc", "\n", "x\ny\nz" }[i]));

    private static Trajectory Run(params int[] ids)
    {
        var node = Make.Tokens("c0", "coder", 0, ids.Length);
        return Make.Trajectory("t", [node with { Tokens = node.Tokens! with { CompletionIds = ids } }]);
    }

    [Fact]
    public void Every_Tokens_CutsChunksWithARest()
    {
        Assert.Equal([new("", 0, 1), new("", 2, 3), new("", 4, 4)], CompletionSteps.Every(2)([9, 9, 9, 9, 9]));
        Assert.Equal([new("ab\n", 0, 1), new("a", 2, 2)], CompletionSteps.Every(2, Decode)([0, 1, 0]));
        Assert.Empty(CompletionSteps.Every(2)([]));
        Assert.Throws<AgentTeamsException>(() => CompletionSteps.Every(0));
    }

    [Fact]
    public void EndingWith_Lines_EndWithTheTokenThatHoldsTheSeparator()
    {
        var cut = CompletionSteps.EndingWith("\n", Decode);

        Assert.Equal([new("ab\n", 0, 1), new("a\n", 2, 3), new("a", 4, 4)], cut([0, 1, 0, 3, 0]));
        Assert.Equal([new("a\n", 0, 1), new("cab\n", 2, 3)], cut([0, 2, 0, 1]));
        Assert.Equal([new("ax\n", 0, 1), new("y\nza", 2, 2)], cut([0, 4, 0]));
        Assert.Throws<AgentTeamsException>(() => CompletionSteps.EndingWith("", Decode));
    }

    [Fact]
    public void EndingWith_AnyIds_HoldsEveryTokenOnceAndAllText() => Gen.Int[0, 4].Array[0, 12].Sample(ids =>
    {
        var steps = CompletionSteps.EndingWith("\n", Decode)(ids);
        Assert.Equal(Enumerable.Range(0, ids.Length), steps.SelectMany(s => Enumerable.Range(s.FirstToken, s.TokenCount)));
        Assert.Equal(Decode(ids), string.Concat(steps.Select(s => s.Text)));
    });

    [Fact]
    public void EndingWith_CharacterOfSeveralTokens_IsNotTakenForItsReplacement()
    {
        static string Bytes(IReadOnlyList<int> ids) => System.Text.Encoding.UTF8.GetString([.. ids.Select(i => (byte)i)]);
        var ids = System.Text.Encoding.UTF8.GetBytes("ü|é").Select(b => (int)b).ToArray();

        Assert.Equal([new("ü|", 0, 2), new("é", 3, 4)], CompletionSteps.EndingWith("|", Bytes)(ids));
        Assert.Equal([new("ü", 0, 1), new("|é", 2, 4)], CompletionSteps.EndingWith("ü", Bytes)(ids));
    }

    [Fact]
    public async Task Process_Steps_AreRewardedAtTheirLastTokens()
    {
        var seen = new List<string>();
        var process = new ProcessReward
        {
            Role = "coder", Steps = CompletionSteps.EndingWith("\n", Decode),
            Score = (step, _) =>
            {
                seen.Add($"{step.Index}/{step.Count}:{step.TextSoFar}");
                return new(step.Step.TokenCount);
            },
        };

        var scored = (await new RewardComposer().Add(process, 0.5).ScoreAsync([Run(0, 1, 3, 0)]))[0];

        Assert.Equal([(1, 2.0), (2, 1), (3, 1)], scored.Rewards.Select(r => (r.Target.LastToken!.Value, r.Value)));
        Assert.Equal(["0/3:ab\n", "1/3:ab\n\n", "2/3:ab\n\na"], seen);
        Assert.Equal(2, new RoleCredit().Assign(scored)[0].Return);
    }

    [Fact]
    public void Process_Deltas_TelescopeToTheLastScore() => Gen.Double[-1, 1].Array[1, 9].Sample(scores =>
    {
        var process = new ProcessReward { Role = "coder", Steps = CompletionSteps.Every(1), Score = (step, _) => new(scores[step.Index]), Deltas = true, Initial = 0.25 };
        var rewards = process.ScoreAsync(Run(new int[scores.Length]), []).AsTask().GetAwaiter().GetResult();
        return Math.Abs(rewards.Sum(r => r.Value) - (scores[^1] - 0.25)) < 1e-9;
    });

    [Fact]
    public async Task Process_WithoutTokens_JudgesTheWholeReply()
    {
        var run = Make.Trajectory("t", [Make.Node("c0", "coder", text: "one\ntwo"), Make.Node("p0", "planner")]);
        var process = new ProcessReward { Role = "coder", Steps = CompletionSteps.Every(1), Score = (step, _) => new(step.Step.Text.Length) };

        Assert.Equal([Reward.ForNode("c0", "process", 7)], await process.ScoreAsync(run, [run]));
    }

    [Fact]
    public async Task Process_StepsOutOfOrder_AreRefused()
    {
        var process = new ProcessReward { Role = "coder", Steps = _ => [new("", 0, 1), new("", 1, 2)], Score = (_, _) => new(1) };

        Assert.Contains("1 to 2", (await Assert.ThrowsAsync<AgentTeamsException>(() => process.ScoreAsync(Run(0, 0, 0), []).AsTask())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReplyShaping.Margin, 0, new[] { 0, 1.5, 1.25 })]
    [InlineData(ReplyShaping.Quality, 0, new[] { 0, 1.0, 1.25 })]
    [InlineData(ReplyShaping.Quality, 0.5, new[] { 0.5, 1.5, 1.75 })]
    public async Task Shaped_Replies_MatchMarti(ReplyShaping shaping, double outcome, double[] expected)
    {
        double[] raw = [0, 1, 1];
        var run = Make.Trajectory("t", raw.Select((_, i) => Make.Node($"{i}", $"r{i}")));

        var rewards = await new ShapedReward { Shaping = shaping, OutcomeFactor = outcome, Score = (_, reply) => raw[int.Parse(reply.Id, System.Globalization.CultureInfo.InvariantCulture)] }.ScoreAsync(run, [run]);

        Make.Near(expected, [.. rewards.Select(r => r.Value)], 1e-12);
    }

    [Fact]
    public async Task Shaped_ByTurn_ComparesWithEarlierTurnsOnlyInAnyOrder()
    {
        TrajectoryNode[] first = [Make.Node("a", "x", text: "1"), Make.Node("b", "y", text: "0")], second = [Make.Node("c", "x", 1, "1"), Make.Node("d", "y", 1, "0")];
        var shaped = new ShapedReward { ByTurn = true, Score = (_, reply) => reply.Text == "1" ? 1 : 0 };
        async Task<double[]> Values(Trajectory run) => [.. (await shaped.ScoreAsync(run, [run])).OrderBy(r => r.Target.NodeId, StringComparer.Ordinal).Select(r => r.Value)];

        Make.Near([1, 0, 1.25, -0.25], await Values(Make.Trajectory("t", [.. first, .. second])), 1e-12);
        Make.Near([1, 0, 1.25, -0.25], await Values(Make.Trajectory("t", [.. first.Reverse(), .. second.Reverse()])), 1e-12);
    }

    [Fact]
    public async Task Shaped_QualityOutsideOfItsRange_IsRefused()
    {
        var run = Make.Trajectory("t", [Make.Node("a", "x")]);

        await Assert.ThrowsAsync<AgentTeamsException>(() => new ShapedReward { Shaping = ReplyShaping.Quality, Score = (_, _) => 2 }.ScoreAsync(run, [run]).AsTask());
    }

    [Fact]
    public async Task Tree_ParentAndSiblings_MatchMartiInAnyOrder()
    {
        var scores = new Dictionary<string, double> { ["p"] = 0.4, ["c0"] = 0.2, ["c1"] = 0.8, ["other"] = 0.6 };
        Trajectory[] group =
        [
            Make.Trajectory("p", []), Make.Trajectory("c0", []) with { ParentId = "p", ForkNodeId = "n" }, Make.Trajectory("c1", []) with { ParentId = "p", ForkNodeId = "n" },
            Make.Trajectory("other", []) with { ParentId = "p", ForkNodeId = "m" },
        ];
        var tree = new TreeShapedReward { Score = t => scores[t.Id] };
        async Task<double[]> Values(Trajectory[] siblings) => await Task.WhenAll(group.Select(async t => (await tree.ScoreAsync(t, siblings))[0].Value));

        // The other fork has a parent and no siblings; the root has neither.
        Make.Near([0.4, 0.08, 0.95, 0.66], await Values(group), 1e-12);
        Make.Near([0.4, 0.08, 0.95, 0.66], await Values([.. group.Reverse()]), 1e-12);
        Assert.Equal(0.02, (await tree.ScoreAsync(group[1], [group[1], group[2]]))[0].Value, 1e-12);
    }
}
