using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace AgentTeams.Tests;

public sealed class RubricRewardTests
{
    private static readonly Trajectory Run = Make.Trajectory("t", [Make.Node("p0", "planner", text: "add them"), Make.Node("c0", "coder", text: "6 + 2")]);

    private static readonly RubricCriterion[] Criteria = [new("clear", "Is it clear?") { Weight = 3 }, new("short", "Is it short?"), new("safe", "Is it safe?") { Veto = true, Weight = 0 }];

    /// <summary>Answers each criterion with the grade of its name.</summary>
    private static ScriptedChatClient Judge(params (string Criterion, int Grade)[] grades) => new(call =>
        ScriptedReply.Say($$"""{"reason": "so", "grade": {{grades.First(g => call.Messages[1].Text.Contains($"\"{g.Criterion}\"", StringComparison.Ordinal)).Grade}}}"""));

    private static async Task<Reward[]> Score(RubricReward rubric, Trajectory? run = null) => [.. await rubric.ScoreAsync(run ?? Run, [run ?? Run])];

    [Theory]
    [InlineData(10, 5, 0.875)]
    [InlineData(5, 5, 0.875)]
    [InlineData(4, 5, 0)]
    public async Task ScoreAsync_Grades_AreWeightedUnlessVetoed(int safe, int shortness, double expected)
    {
        var rewards = await Score(new RubricReward(Judge(("clear", 10), ("short", shortness), ("safe", safe)), Criteria));

        Assert.Equal(Reward.ForTrajectory("rubric", expected), rewards[0]);
        Assert.Equal([("rubric/clear", 1, 0), ("rubric/short", shortness / 10.0, 0), ("rubric/safe", safe / 10.0, 0)], rewards[1..].Select(r => (r.Name, r.Value, r.Weight)));
    }

    [Fact]
    public async Task ScoreAsync_InAComposer_CountsTheTotalOnlyAndShowsAllInMetrics()
    {
        var rubric = new RubricReward(Judge(("clear", 8), ("short", 4), ("safe", 10)), Criteria);

        var scored = await new RewardComposer().Add(rubric, 2).ScoreAsync([Run]);

        var metrics = RewardMetrics.Of(scored);
        Assert.Equal(1.4, metrics["reward"], 1e-12);
        Assert.Equal(0.4, metrics["rewards/rubric/short/mean"], 1e-12);
    }

    [Fact]
    public async Task ScoreAsync_Request_HoldsWorkCriterionAndSchemaAndNoInstructionOfTheWork()
    {
        using var judge = Judge(("only", 3));
        var rubric = new RubricReward(judge, [new("only", "Well put?")], new() { Scale = 4 });

        Assert.Equal(0.75, (await Score(rubric))[0].Value);

        var call = Assert.Single(judge.Calls);
        var mark = call.Messages[1].Text.Split('\n')[2];
        Assert.Equal(3, call.Messages[1].Text.Split(mark).Length);
        Assert.Contains("[asked]\nline one", call.Messages[1].Text, StringComparison.Ordinal);
        Assert.Contains("[coder]\n6 + 2", call.Messages[1].Text, StringComparison.Ordinal);
        Assert.Contains("\"maximum\":4", ((ChatResponseFormatJson)call.Options.ResponseFormat!).Schema!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(0, call.Options.Temperature);
    }

    [Fact]
    public async Task ScoreAsync_OfARole_JudgesItsLastReplyAndAbstainsWithoutOne()
    {
        using var judge = Judge(("only", 5));
        var rubric = new RubricReward(judge, [new("only", "Well put?")], new() { Role = "coder" });

        Assert.Equal(Reward.ForRole("coder", "rubric", 0.5), (await Score(rubric))[0]);
        Assert.DoesNotContain("add them", judge.Calls.Single().Messages[1].Text, StringComparison.Ordinal);
        Assert.Empty(await Score(rubric, Make.Trajectory("u", [Make.Node("p0", "planner")])));
    }

    [Fact]
    public async Task ScoreAsync_EqualWork_IsJudgedOnceAlsoAtTheSameTime()
    {
        using var judge = Judge(("only", 5));
        var rubric = new RubricReward(judge, [new("only", "Well put?")], new() { Show = t => t.Outcome! });
        Trajectory[] group = [.. Enumerable.Range(0, 16).Select(i => Make.Trajectory($"{i}", []) with { Outcome = $"{i % 2}" })];

        await new RewardComposer { MaxConcurrency = 8 }.Add(rubric).ScoreAsync(group);

        Assert.Equal(2, judge.Calls.Count);
    }

    [Fact]
    public async Task ScoreAsync_GivenCache_OutlivesTheRewardAndTellsQuestionsApart()
    {
        var cache = new MemoryJudgeCache();
        using var judge = Judge(("only", 5), ("other", 5));
        await Score(new RubricReward(judge, [new("only", "Well put?")], new() { Cache = cache }));
        await Score(new RubricReward(judge, [new("only", "Well put?")], new() { Cache = cache }));
        Assert.Single(judge.Calls);

        await Score(new RubricReward(judge, [new("other", "Well put?")], new() { Cache = cache }));
        await Score(new RubricReward(judge, [new("only", "Well made?")], new() { Cache = cache }));
        await Score(new RubricReward(judge, [new("only", "Well put?")], new() { Cache = cache, Scale = 5 }));
        await Score(new RubricReward(judge, [new("only", "Well put?")], new() { Cache = cache, Instructions = "Be harsh." }));
        Assert.Equal(5, judge.Calls.Count);
        Assert.Equal(5, cache.Count);
    }

    [Fact]
    public async Task MemoryJudgeCache_Full_ForgetsTheOldest()
    {
        var cache = new MemoryJudgeCache(2);
        foreach (var key in (string[])["a", "b", "b", "c"]) await cache.AddAsync(key, new(1, key));

        Assert.Null(await cache.FindAsync("a"));
        Assert.Equal("c", (await cache.FindAsync("c"))!.Reason);
        Assert.Equal(2, cache.Count);
    }

    [Theory]
    [InlineData("no grade at all")]
    [InlineData("""{"reason": "so", "grade": 11}""")]
    [InlineData("""{"reason": "so", "grade": -1}""")]
    [InlineData("""{"reason": "so", "grade": "good"}""")]
    [InlineData("""{"reason": "so", grade}""")]
    public async Task ScoreAsync_AnswersThatAreNoGrade_AreAskedForAgainUnderAnotherSeed(string bad)
    {
        using var judge = new ScriptedChatClient(bad, """Here it is: ```{"reason": "so", "grade": 7}```""");

        Assert.Equal(0.7, (await Score(new RubricReward(judge, [new("only", "Well put?")])))[0].Value, 1e-12);
        Assert.Equal(2, judge.Calls.Select(c => c.Options.Seed).Distinct().Count());
    }

    [Fact]
    public async Task ScoreAsync_NoGradeEver_NamesTrajectoryAndCriterionThroughTheComposer()
    {
        using var judge = new ScriptedChatClient("never");
        var composer = new RewardComposer().Add(new RubricReward(judge, [new("only", "Well put?")], new() { Attempts = 2 }));

        var error = await Assert.ThrowsAsync<JudgeException>(() => composer.ScoreAsync([Run]));

        Assert.Equal(("t", "only"), (error.TrajectoryId, error.Criterion));
        Assert.Contains("'never'", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, judge.Calls.Count);
    }

    [Fact]
    public async Task ScoreAsync_CallsThatBreak_AreRetriedAfterADelayOnTheClock()
    {
        var time = new FakeTimeProvider();
        var broke = new TaskCompletionSource();
        using var judge = new ScriptedChatClient(call =>
        {
            if (call.Index > 0) return ScriptedReply.Say("""{"grade": 10}""");
            broke.SetResult();
            throw new HttpRequestException("down");
        });
        var scoring = Score(new RubricReward(judge, [new("only", "Well put?")], new() { RetryDelay = TimeSpan.FromHours(1), TimeProvider = time }));
        await broke.Task;
        while (!scoring.IsCompleted)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.Equal(1, (await scoring)[0].Value);
    }

    [Fact]
    public async Task ScoreAsync_JudgeIsDown_IsTypedAndNothingIsKept()
    {
        var isDown = true;
        using var judge = new ScriptedChatClient(_ => isDown ? throw new HttpRequestException("down") : ScriptedReply.Say("""{"grade": 10}"""));
        var rubric = new RubricReward(judge, [new("only", "Well put?")], new() { Retries = 2, RetryDelay = TimeSpan.Zero });

        Assert.IsType<HttpRequestException>((await Assert.ThrowsAsync<JudgeException>(() => Score(rubric))).InnerException);
        Assert.Equal(3, judge.Calls.Count);
        isDown = false;
        Assert.Equal(1, (await Score(rubric))[0].Value);
    }

    [Fact]
    public async Task ScoreAsync_Cancelled_IsNoFailureOfTheJudge()
    {
        using var cancel = new CancellationTokenSource();
        using var judge = new ScriptedChatClient(call =>
        {
            cancel.Cancel();
            return ScriptedReply.Never();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RubricReward(judge, [new("only", "Well put?")]).ScoreAsync(Run, [Run], cancel.Token).AsTask());
    }

    [Fact]
    public async Task ScoreAsync_ManyAtATime_KeepToTheLimit()
    {
        var (now, most) = (0, 0);
        using var judge = new ScriptedChatClient(async _ =>
        {
            lock (Criteria) most = Math.Max(most, ++now);
            await Task.Yield();
            lock (Criteria) now--;
            return ScriptedReply.Say("""{"grade": 1}""");
        });
        var rubric = new RubricReward(judge, Criteria, new() { MaxConcurrency = 2 });

        await new RewardComposer { MaxConcurrency = 8 }.Add(rubric).ScoreAsync([.. Enumerable.Range(0, 20).Select(i => Make.Trajectory($"{i}", []))]);

        Assert.InRange(most, 1, 2);
        Assert.Equal(60, judge.Calls.Count);
    }

    [Fact]
    public async Task ScoreAsync_FailedRun_IsNotShownToTheJudge()
    {
        using var judge = new ScriptedChatClient("never");

        Assert.Equal([Reward.ForTrajectory("rubric", -1)], await Score(new RubricReward(judge, Criteria, new() { Failed = -1 }), Run with { Status = TrajectoryStatus.Failed }));
        Assert.Empty(judge.Calls);
    }

    [Fact]
    public void Create_ProblemsOfCriteriaAndOptions_AreToldAllAtOnce()
    {
        using var judge = new ScriptedChatClient("never");

        var error = Assert.Throws<AgentTeamsException>(() => new RubricReward(judge, [new("a", "") { Weight = -1 }, new("a", "x") { VetoBelow = 2 }], new() { Scale = 0, Attempts = 0 }));

        foreach (var part in (string[])["a.Description", "a.Weight is -1", "a.VetoBelow is 2", "Options.Scale is 0", "Options.Attempts is 0", "Two criteria have one name"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains("no criterion", Assert.Throws<AgentTeamsException>(() => new RubricReward(judge, [])).Message, StringComparison.Ordinal);
    }
}
