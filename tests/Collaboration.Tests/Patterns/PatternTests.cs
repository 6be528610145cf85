using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class PatternTests
{
    [Fact]
    public async Task Sequential_Members_SeeWhatWasSaidBefore()
    {
        var scripts = new Scripts(heard => $"<{heard.Role}>");

        Assert.Equal("<cat>", await TeamPatterns.Sequential("line", Teams.Members("ann", "bob", "cat")).RunAsync("task", scripts.Runtime));
        Assert.Contains("[ann] <ann>\n[bob] <bob>", scripts.AskedOf("cat").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_Majority_CountsEqualAnswersAndShowsNobodyTheOthers()
    {
        var scripts = new Scripts(("ann", ["41"]), ("bob", ["Forty-two."]), ("cat", ["forty-two"]));

        Assert.Equal("Forty-two.", await TeamPatterns.Concurrent("vote", Teams.Members("ann", "bob", "cat"), Aggregation.Majority()).RunAsync("6 * 7?", scripts.Runtime));
        Assert.All(scripts.Calls, c => Assert.DoesNotContain("[", c.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Concurrent_Weighted_TakesWeightsAsData()
    {
        var scripts = new Scripts(("ann", ["41"]), ("bob", ["42"]), ("cat", ["42"]));
        var learned = new Dictionary<string, double> { ["ann"] = 2.5 };

        Assert.Equal("41", await TeamPatterns.Concurrent("vote", Teams.Members("ann", "bob", "cat"), Aggregation.Weighted(learned)).RunAsync("6 * 7?", scripts.Runtime));
        Assert.Contains("'eve', who does not vote", Assert.Throws<AgentTeamsException>(() =>
            TeamPatterns.Concurrent("vote", Teams.Members("ann"), Aggregation.Weighted(new Dictionary<string, double> { ["eve"] = 1 }))).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => Aggregation.Weighted(new Dictionary<string, double> { ["ann"] = double.NaN }));
    }

    [Fact]
    public async Task Concurrent_TieThatFails_FailsTheNode()
    {
        var team = TeamPatterns.Concurrent("vote", Teams.Members("ann", "bob"), Aggregation.Majority(new() { Tie = TieRule.Fail }));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => team.RunAsync("task", new Scripts(heard => heard.Role).Runtime));

        Assert.Equal("vote", error.NodeId);
    }

    [Fact]
    public async Task Concurrent_Ranked_BordaDecidesAndAWrongRankingIsAskedForAgain()
    {
        var scripts = new Scripts(("ann", ["A", "[1,2]", "[1,2,3]"]), ("bob", ["B", "[2,3,1]"]), ("cat", ["C", "[2,1,3]"]));

        var run = await TeamPatterns.Concurrent("rank", Teams.Members("ann", "bob", "cat"), Aggregation.Ranked()).RecordAsync("task", scripts.Runtime);

        Assert.Equal("B", run.State);
        Assert.Single(run.Trajectory.Nodes, n => n.Error?.Type == nameof(InvalidAnswerException));
        Assert.Contains("1. A\n2. B\n3. C", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_RankedByFive_RefusesARankingThatNamesOneTwice()
    {
        var scripts = new Scripts(heard => heard.Index switch { 0 => heard.Role, 1 => "[1,1,2,3,4]", _ => "[1,2,3,4,5]" });

        var run = await TeamPatterns.Concurrent("rank", Teams.Members("a", "b", "c", "d", "e"), Aggregation.Ranked()).RecordAsync("task", scripts.Runtime);

        Assert.Equal(("a", 5), (run.State, run.Trajectory.Nodes.Count(n => n.Error is not null)));
    }

    [Fact]
    public async Task Debate_Rounds_ShowEarlierAnswersAndTheJudgeDecides()
    {
        var scripts = new Scripts(("ann", ["1", "2"]), ("bob", ["3", "4"]), ("judge", ["4"]));

        var result = await TeamPatterns.Debate("debate", Teams.Members("ann", "bob"), Teams.Role("judge"), new() { Rounds = 2 }).Definition.RunAsync(new("task"), scripts.Runtime);

        Assert.Equal("0 ann: 1 | 0 bob: 3 | 1 ann: 2 | 1 bob: 4 | 1 judge: 4", result.State.Said());
        Assert.DoesNotContain("[bob]", scripts.AskedOf("ann").First(), StringComparison.Ordinal);
        Assert.Contains("[bob] 3", scripts.AskedOf("ann").Last(), StringComparison.Ordinal);
        Assert.Contains("Consider the answers", scripts.AskedOf("ann").Last(), StringComparison.Ordinal);
        Assert.Equal("4", result.State.Answer);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 6)]
    public async Task Debate_Agreement_EndsItUnlessToldOtherwise(bool stops, int calls)
    {
        var scripts = new Scripts(_ => "Same.");

        await TeamPatterns.Debate("debate", Teams.Members("ann", "bob"), Aggregation.Majority(), new() { Rounds = 3, StopsOnAgreement = stops }).RunAsync("task", scripts.Runtime);

        Assert.Equal(calls, scripts.Calls.Count);
    }

    [Fact]
    public async Task GroupChat_RoleAsManager_PicksSpeakersAndEnds()
    {
        var scripts = new Scripts(("boss", [Next("bob"), Next("eve"), Next("bob"), Next("ann"), Next(TurnPolicy.End)]), ("ann", ["done"]), ("bob", ["first", "second"]));

        var run = await TeamPatterns.GroupChat("chat", Teams.Members("ann", "bob"), Teams.Role("boss")).Definition.RecordAsync(new("task"), scripts.Runtime);

        Assert.Equal(("done", true), (run.State!.Answer, run.State.IsSettled));
        Assert.Equal(["bob", "bob", "ann"], run.State.Messages.Where(m => m.Kind == MessageKinds.Say).Select(m => m.From));
        // The manager named a stranger once: refused, recorded, asked again. Its choices are its own affair.
        Assert.Single(run.Trajectory.Nodes, n => n.Error?.Type == nameof(InvalidAnswerException));
        Assert.DoesNotContain("[boss]", scripts.AskedOf("ann").Single(), StringComparison.Ordinal);
        Assert.Equal(run.Trajectory.Nodes.Where(n => n is { Kind: NodeKind.Role, Error: null }).Select(n => n.Turn), run.State.Messages.Select(m => m.Turn));
    }

    [Theory]
    [InlineData(LoopLimit.GoOn)]
    [InlineData(LoopLimit.Fail)]
    public async Task GroupChat_TurnsUsedUp_GoesOnOrFails(LoopLimit limit)
    {
        var scripts = new Scripts(heard => $"{heard.Role} {heard.Index}");
        var chat = TeamPatterns.GroupChat("chat", Teams.Members("ann", "bob"), TurnPolicy.RoundRobin, new() { MaxTurns = 3, OnLimit = limit });

        if (limit == LoopLimit.GoOn) Assert.Equal("ann 1", await chat.RunAsync("task", scripts.Runtime));
        else Assert.IsType<LoopLimitException>((await Assert.ThrowsAsync<WorkflowNodeException>(() => chat.RunAsync("task", scripts.Runtime))).InnerException);
        Assert.Equal(3, scripts.Calls.Count);
    }

    [Fact]
    public async Task Handoff_ToAStranger_IsRejectedRecordedAndAskedAgain()
    {
        var scripts = new Scripts(("triage", [Hand("nobody"), Hand("billing")]), ("billing", [Hand("", "refunded")]), ("tech", [Hand("")]));

        var run = await TeamPatterns.Handoff("desk", Teams.Members("triage", "billing", "tech")).Definition.RecordAsync(new("refund"), scripts.Runtime);

        var refused = Assert.Single(run.Trajectory.Nodes, n => n.Error is not null);
        Assert.Equal(("triage", nameof(InvalidAnswerException)), (refused.Role, refused.Error!.Type));
        Assert.Contains("nobody", refused.Text, StringComparison.Ordinal);
        Assert.Equal(("refunded", true), (run.State!.Answer, run.State.IsSettled));
        Assert.Equal("billing", run.State.Messages[0].To.Single());
        Assert.Empty(scripts.AskedOf("tech"));
    }

    [Fact]
    public async Task Handoff_LimitAndRoutes_AreKept()
    {
        var scripts = new Scripts(heard => Hand(heard.Role == "ann" ? "bob" : "ann", $"{heard.Role} {heard.Index}"));
        var desk = TeamPatterns.Handoff("desk", Teams.Members("ann", "bob", "cat"), new() { MaxHandoffs = 2, Routes = from => from == "ann" ? ["bob"] : ["ann"] });

        var result = await desk.Definition.RunAsync(new("task"), scripts.Runtime);

        Assert.Equal(("ann 1", false), (result.State.Answer, result.State.IsSettled));
        Assert.DoesNotContain("cat", scripts.AskedOf("ann").First(), StringComparison.Ordinal);
        Assert.Contains("'eve', who is no member", Assert.Throws<AgentTeamsException>(() =>
            TeamPatterns.Handoff("desk", Teams.Members("ann", "bob"), new() { Routes = _ => ["eve"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlannerWorkers_FailedTask_IsPlannedAgain()
    {
        var scripts = TeamCase.Of("planner-workers").Script();

        var result = await TeamCase.Of("planner-workers").Team.Definition.RunAsync(new("task"), scripts.Runtime);

        Assert.Equal("1.a Done, 1.b Done, 1.c Dropped, 2.d Done", string.Join(", ", result.State.Ledger.Select(t => $"{t.Id} {t.State}")));
        Assert.True(result.State.IsSettled);
        var second = scripts.Calls.Where(c => c.Role == "boss").ElementAt(1).Text;
        Assert.Contains("1.c (bob, Failed): three => FAILED: no way", second, StringComparison.Ordinal);
        Assert.Contains($"one => {result.State.Ledger[0].Result}", scripts.Calls.Single(c => c.Text.Contains("Your part: two", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LoopLimit.GoOn)]
    [InlineData(LoopLimit.Fail)]
    public async Task PlannerWorkers_WorkerThatThrows_FailsItsTaskAndThePlansAreLimited(LoopLimit limit)
    {
        var scripts = new Scripts(heard => heard.Role == "ann" ? throw new IOException("gone")
            : heard.Options.ResponseFormat is null ? "gave up" : Plan(("a", "ann", []), ("b", "bob", ["a"])));
        var team = TeamPatterns.PlannerWorkers("plan", Teams.Role("boss"), Teams.Members("ann", "bob"), new() { MaxPlans = 2, OnLimit = limit });

        if (limit == LoopLimit.Fail)
        {
            Assert.IsType<LoopLimitException>((await Assert.ThrowsAsync<WorkflowNodeException>(() => team.RunAsync("task", scripts.Runtime))).InnerException);
            return;
        }

        var result = await team.Definition.RunAsync(new("task"), scripts.Runtime);

        // What needed the failed task was never begun.
        Assert.Equal("1.a Dropped, 1.b Dropped, 2.a Failed, 2.b Open", string.Join(", ", result.State.Ledger.Select(t => $"{t.Id} {t.State}")));
        Assert.Equal(("gave up", false), (result.State.Answer, result.State.IsSettled));
        Assert.Empty(scripts.AskedOf("bob"));
    }

    [Theory]
    [InlineData("""{"tasks":[{"id":"a","assignee":"eve","task":"x","needs":[]}]}""", "assignee")]
    [InlineData("""{"tasks":[{"id":"a","assignee":"ann","task":"x","needs":["b"]}]}""", "needs 'b'")]
    [InlineData("""{"tasks":[{"id":"a/b","assignee":"ann","task":"x","needs":[]}]}""", "/tasks/0/id")]
    [InlineData("""{"tasks":[{"id":"a","assignee":"ann","task":"x","needs":[]},{"id":"a","assignee":"ann","task":"y","needs":[]}]}""", "Two tasks")]
    public async Task PlannerWorkers_PlanThatCannotBe_IsRejectedAndRecorded(string plan, string problem)
    {
        var scripts = new Scripts(("boss", [plan, """{"tasks":[]}""", "nothing to do"]), ("ann", ["never"]));

        var run = await TeamPatterns.PlannerWorkers("plan", Teams.Role("boss"), Teams.Members("ann")).RecordAsync("task", scripts.Runtime);

        Assert.Contains(problem, Assert.Single(run.Trajectory.Nodes, n => n.Error is not null).Error!.Message, StringComparison.Ordinal);
        Assert.Equal("nothing to do", run.State);
    }

    [Fact]
    public async Task GenerateVerifyRefine_Critique_ReachesTheRefiner()
    {
        var scripts = new Scripts(("ann", ["bad"]), ("judge", [Verdict(false, "too short"), Verdict(true)]), ("bob", ["good"]));

        var result = await TeamPatterns.GenerateVerifyRefine("refine", Teams.Role("ann"), Teams.Role("judge"), new() { Refiner = Teams.Role("bob") }).Definition.RunAsync(new("task"), scripts.Runtime);

        Assert.Equal(("good", true), (result.State.Answer, result.State.IsSettled));
        Assert.Contains("[judge] too short", scripts.AskedOf("bob").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateVerifyRefine_FunctionAsVerifier_IsAskedOncePerDraft()
    {
        var checks = 0;
        var verifier = Verifier.By((_, draft, _) => new(++checks > 0 && draft == "42" ? null : $"not {draft}"));

        Assert.Equal("42", await TeamPatterns.GenerateVerifyRefine("refine", Teams.Role("ann"), verifier).RunAsync("6 * 7?", new Scripts(("ann", ["41", "42"])).Runtime));
        Assert.Equal(2, checks);
    }

    [Fact]
    public async Task GenerateVerifyRefine_AttemptsUsedUp_GoOnFailOrFallBack()
    {
        Scripts Script() => new(("ann", ["1", "2", "3"]), ("judge", [Verdict(false, "no")]), ("cat", ["safe"]));
        BoundWorkflow<Conversation, string, string> Team(RefineOptions options) => TeamPatterns.GenerateVerifyRefine("refine", Teams.Role("ann"), Teams.Role("judge"), options);

        var goesOn = await Team(new() { MaxAttempts = 2 }).Definition.RunAsync(new("task"), Script().Runtime);
        var fallsBack = await Team(new() { MaxAttempts = 1, Fallback = Teams.Role("cat") }).Definition.RunAsync(new("task"), Script().Runtime);

        Assert.Equal(("2", false), (goesOn.State.Answer, goesOn.State.IsSettled));
        Assert.Equal(("safe", false), (fallsBack.State.Answer, fallsBack.State.IsSettled));
        await Assert.ThrowsAsync<WorkflowNodeException>(() => Team(new() { OnLimit = LoopLimit.Fail }).RunAsync("task", Script().Runtime));
        Assert.Throws<AgentTeamsException>(() => Team(new() { OnLimit = LoopLimit.Fail, Fallback = Teams.Role("cat") }));
    }

    [Fact]
    public async Task MixtureOfAgents_EachLayer_SeesTheOneBeforeAndNoOther()
    {
        var scripts = new Scripts(heard => $"{heard.Role} {heard.Index}");

        var answer = await TeamPatterns.MixtureOfAgents("mix", [Teams.Members("ann", "bob"), Teams.Members("ann", "cat"), Teams.Members("bob")], Teams.Role("boss")).RunAsync("task", scripts.Runtime);

        Assert.Equal("boss 0", answer);
        Assert.Contains("[ann] ann 0\n[bob] bob 0", scripts.AskedOf("cat").Single(), StringComparison.Ordinal);
        Assert.Contains("[ann] ann 1\n[cat] cat 0", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
        Assert.DoesNotContain("bob 0", scripts.AskedOf("bob").Last(), StringComparison.Ordinal);
        Assert.Contains("[bob] bob 1", scripts.AskedOf("boss").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("[ann]", scripts.AskedOf("boss").Single(), StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => TeamPatterns.MixtureOfAgents("mix", [], Teams.Role("boss")));
    }

    [Fact]
    public async Task Hierarchy_OfPatterns_StandsInTheRecordOfTheWhole()
    {
        var team = TeamCase.Of("hierarchy");

        var run = await team.Team.RecordAsync("task", team.Script().Runtime);

        Assert.Contains(run.Trajectory.Nodes, n => n.Kind == NodeKind.SubWorkflow && n.Id == "board");
        Assert.Contains(run.Trajectory.Nodes, n => n.Id == "board/vote");
        Assert.Contains("[board] ", run.Trajectory.Nodes.Last(n => n.Role == "editor").Input[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_WorkflowThatAnswersInAnotherForm_FailsItsNode()
    {
        var verifier = Verifier.By(TeamPatterns.Sequential("board", Teams.Members("cat")));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => TeamPatterns.GenerateVerifyRefine("refine", Teams.Role("ann"), verifier).RunAsync("task", new Scripts(heard => heard.Role).Runtime));

        Assert.Contains("'board' answered in another form", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_PromptOfOnesOwn_ReplacesTheText()
    {
        var scripts = new Scripts(heard => heard.Role);
        var options = new SequentialOptions { Speak = view => new ChatMessage(ChatRole.User, $"{view.Self}, {view.Task}?") };

        await TeamPatterns.Sequential("line", Teams.Members("ann"), options).RunAsync("tea", scripts.Runtime);

        Assert.Equal("ann, tea?", scripts.AskedOf("ann").Single());
    }

    private static string Next(string next) => Scripts.Json(new { next });

    private static string Hand(string handoff, string text = "text") => Scripts.Json(new { handoff, text });

    private static string Verdict(bool accepted, string critique = "") => Scripts.Json(new { accepted, critique });

    private static string Plan(params (string Id, string Assignee, string[] Needs)[] tasks) =>
        Scripts.Json(new { tasks = tasks.Select(t => new { id = t.Id, assignee = t.Assignee, task = "do", needs = t.Needs }) });
}
