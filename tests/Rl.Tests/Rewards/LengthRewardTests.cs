namespace AgentTeams.Tests;

public sealed class LengthRewardTests
{
    private static readonly Trajectory Run = Make.Trajectory("t", [Make.Tokens("p0", "planner", 0, 30), Make.Tokens("c0", "coder", 0, 50), Make.Tokens("c1", "coder", 1, 20)]);

    private static async Task<Reward[]> Score(IRewardFunction function, Trajectory? run = null, params Trajectory[] group) =>
        [.. await function.ScoreAsync(run ?? Run, group.Length == 0 ? [run ?? Run] : group)];

    [Theory]
    [InlineData(null, 200, 0, -0.5)]
    [InlineData("coder", 200, 0, -0.35)]
    [InlineData("coder", 100, 60, -0.1)]
    [InlineData("coder", 100, 100, 0)]
    public async Task Length_TokensOfRoleOrTeam_ArePricedAgainstTheBudget(string? role, int budget, int free, double expected)
    {
        var reward = Assert.Single(await Score(new LengthReward { Role = role, Budget = budget, Free = free }));

        Assert.Equal(expected, reward.Value, 1e-12);
        Assert.Equal(role is null ? RewardTarget.Trajectory : RewardTarget.OfRole(role), reward.Target);
    }

    [Fact]
    public async Task Length_Most_BoundsThePrice() => Assert.Equal(-2, (await Score(new LengthReward { Budget = 1, Most = 2 }))[0].Value);

    [Fact]
    public async Task Length_RoleThatDidNotSpeak_GetsNone() => Assert.Empty(await Score(new LengthReward { Role = "critic", Budget = 1 }));

    [Fact]
    public async Task Length_UsageInsteadOfTokens_Counts() =>
        Assert.Equal(-0.2, (await Score(new LengthReward { Budget = 10 }, Make.Trajectory("u", [Make.Node("c0", "coder")])))[0].Value, 1e-12);

    [Fact]
    public async Task Length_NeitherTokensNorUsage_NamesTheCall()
    {
        var silent = Make.Trajectory("u", [Make.Node("c0", "coder") with { Usage = null }]);

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Score(new LengthReward { Budget = 10 }, silent));

        Assert.Contains("'c0'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Length_InheritedCalls_WerePaidForInTheParent()
    {
        var fork = Make.Trajectory("f", [Make.Tokens("c0", "coder", 0, 50) with { Inherited = true }, Make.Tokens("c1", "coder", 1, 20)]);

        Assert.Equal(-0.2, (await Score(new LengthReward { Budget = 100 }, fork))[0].Value, 1e-12);
    }

    [Fact]
    public void Options_Invalid_AreToldAllAtOnceWhereTheyAreAdded()
    {
        var error = Assert.Throws<AgentTeamsException>(() => new RewardComposer().Add(new LengthReward { Budget = 0, Free = -1 }));

        Assert.Contains("Budget is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("Free is -1", error.Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => new RewardComposer().Add(new OverlongReward { MaxTokens = 10, Buffer = 20 }));
        Assert.Throws<AgentTeamsException>(() => new RewardComposer().Add(new CostReward { Prices = _ => new(1, 1), Budget = double.NaN }));
    }

    [Theory]
    [InlineData(null, -1.63)]
    [InlineData("planner", -0.63)]
    [InlineData("coder", -1)]
    public async Task Cost_TokensReadAndWritten_ArePricedByRole(string? role, double expected)
    {
        // Prompts have 3 tokens. Planner: 3 * 10,000 + 30 * 20,000 millionths; coder: 70 * 10,000 millionths, and 6 * 50,000.
        var cost = new CostReward { Role = role, Budget = 1, Prices = r => r == "planner" ? new(10_000, 20_000) : new(50_000, 10_000) };

        Assert.Equal(expected, Assert.Single(await Score(cost)).Value, 1e-12);
    }

    [Theory]
    [InlineData(70, 0)]
    [InlineData(80, 0)]
    [InlineData(85, -0.25)]
    [InlineData(100, -1)]
    [InlineData(150, -1)]
    public async Task Overlong_Lengths_MatchDapo(int length, double expected)
    {
        var run = Make.Trajectory("t", [Make.Tokens("c0", "coder", 0, length)]);

        Assert.Equal([Reward.ForNode("c0", "overlong", expected)], await Score(new OverlongReward { MaxTokens = 100, Buffer = 20 }, run));
        Assert.Equal(3 * expected, (await Score(new OverlongReward { MaxTokens = 100, Buffer = 20, Factor = 3 }, run))[0].Value, 1e-12);
    }

    [Fact]
    public async Task Overlong_OfARole_JudgesItsCallsOnly() =>
        Assert.Equal(["c0", "c1"], (await Score(new OverlongReward { Role = "coder", MaxTokens = 100, Buffer = 20 })).Select(r => r.Target.NodeId));

    [Fact]
    public async Task Relative_Siblings_AreTheMeasureAndWrongIsNeverPaid()
    {
        Trajectory[] group = [.. new[] { ("right", 10), ("wrong", 10), ("right", 30), ("wrong", 50) }.Select((t, i) => Make.Trajectory($"{i}", [Make.Tokens("c0", "coder", 0, t.Item2)]) with { Outcome = t.Item1 })];
        var reward = new RelativeLengthReward { IsCorrect = t => t.Outcome == "right" };
        var values = new List<double>();
        foreach (var run in group) values.Add(Assert.Single(await Score(reward, run, group)).Value);

        Make.Near([0.5, 0, 0, -0.5], values, 1e-12);
        Assert.Equal(values[2], (await Score(reward, group[2], [.. group.Reverse()]))[0].Value);
        Assert.Equal(0, (await Score(reward, group[0], group[0], group[1]))[0].Value);
    }

    [Fact]
    public async Task Relative_Fork_IsAsLongAsWhatItInheritedAndItsOwn()
    {
        var reward = new RelativeLengthReward { Role = "coder", IsCorrect = _ => true };
        var root = Make.Trajectory("r", [Make.Tokens("c0", "coder", 0, 10), Make.Tokens("c1", "coder", 1, 20)]);
        var fork = Make.Trajectory("f", [Make.Tokens("c0", "coder", 0, 10) with { Inherited = true }, Make.Tokens("c1", "coder", 1, 40)]);
        var over = Make.Trajectory("o", [Make.Tokens("c0", "coder", 0, 10) with { Inherited = true }, Make.Tokens("p1", "planner", 1, 40)]);

        Assert.Equal((0.5, -0.5), ((await Score(reward, root, root, fork))[0].Value, (await Score(reward, fork, root, fork))[0].Value));
        Assert.Empty(await Score(reward, over, root, over));
    }
}
