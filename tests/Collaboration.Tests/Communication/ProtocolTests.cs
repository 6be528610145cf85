using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ProtocolTests
{
    [Fact]
    public async Task Check000C2_IntentionBroadcast_AllIntentionsPrecedeTheFirstToolCallAndAConflictChangesAPlan()
    {
        var order = new List<string>();
        var lift = AIFunctionFactory.Create((string what) =>
        {
            lock (order) order.Add($"tool {what}");
            return $"lifted {what}";
        }, "lift");
        var scripts = new Scripts(heard =>
        {
            lock (order) order.Add(heard.Role);
            var answer = heard.Index switch
            {
                0 => ScriptedReply.Say("take the red box"),
                1 => ScriptedReply.Say(heard.Role == "bob" && heard.Text.Contains("[ann] take the red box", StringComparison.Ordinal) ? "take the blue box" : "take the red box"),
                2 => ScriptedReply.CallTool("lift", new { what = heard.Role == "ann" ? "red" : "blue" }),
                _ => ScriptedReply.Say($"{heard.Role} is done"),
            };
            Assert.Equal(heard.Index >= 2, heard.Options.Tools is { Count: 1 });
            return answer;
        });
        TeamMember[] team = [new Role { Name = "ann", Tools = [lift] }, new Role { Name = "bob", Tools = [lift] }];

        var result = await Protocol.IntentionBroadcast().ToWorkflow("boxes", team).Definition.RunAsync(new("Clear the floor."), scripts.Runtime);

        var first = order.FindIndex(o => o.StartsWith("tool", StringComparison.Ordinal));
        Assert.True(first >= 5, string.Join(", ", order));
        Assert.Equal(["ann", "ann", "bob", "bob"], order.Take(4).Order());
        var intentions = result.State.Messages.Where(m => m.Kind == MessageKinds.Intention).ToList();
        Assert.Equal(["take the red box", "take the red box", "take the red box", "take the blue box"], intentions.Select(m => m.Text));
        Assert.All(result.Nodes.Where(n => n.Kind == NodeKind.Tool), t => Assert.All(result.Nodes.Where(n => n.Id.Contains("intend", StringComparison.Ordinal)), i => Assert.True(i.Step < t.Step)));
        Assert.Equal("[ann] ann is done\n[bob] bob is done", result.State.Answer);
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("choose")]
    public void ToWorkflow_MemberNamedLikeAStep_IsToldToTakeAnotherName(string member)
    {
        var error = Assert.Throws<AgentTeamsException>(() => Protocol.Dialogue().ToWorkflow("talk", Teams.Members("ann", member)));

        Assert.Contains($"The member '{member}' of the team 'talk'", error.Message, StringComparison.Ordinal);
        Assert.Contains("another name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToWorkflow_MemberWithAnotherProblem_IsToldOfThatProblem()
    {
        var tool = AIFunctionFactory.Create(() => 1, "count");
        TeamMember[] team = [new Role { Name = "ann", Tools = [tool, tool] }, new Role { Name = "bob" }];

        var error = Assert.Throws<WorkflowDefinitionException>(() => Protocol.Dialogue().ToWorkflow("talk", team));

        Assert.Contains("2 tools named 'count'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IntentionBroadcast_RevisionNotNeeded_IsNotAsked()
    {
        var scripts = new Scripts(heard => $"{heard.Role} {heard.Index}");
        var protocol = Protocol.IntentionBroadcast(new() { NeedsRevision = view => view.Self == "bob", MaxRounds = 2, Until = _ => false });

        var result = await protocol.ToWorkflow("boxes", Teams.Members("ann", "bob")).Definition.RunAsync(new("Clear the floor."), scripts.Runtime);

        Assert.Equal(4, scripts.AskedOf("ann").Count());
        Assert.Equal(6, scripts.AskedOf("bob").Count());
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], result.State.Messages.Select(m => m.Turn));
        Assert.False(result.State.IsSettled);
    }

    [Fact]
    public async Task Check000C3_Dialogue_EveryTurnIsRecordedWithItsSpeakerAndTokens()
    {
        using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", ["Where is the key? Under the mat."], new SeedKey(1)));
        TeamMember[] team = [new Role { Name = "ann", Options = new() { MaxOutputTokens = 6 } }, new Role { Name = "bob", Options = new() { MaxOutputTokens = 6 } }];

        var run = await Protocol.Dialogue(new() { MaxTurns = 5 }).ToWorkflow("talk", team).Definition.RecordAsync(new("Where is the key?"), TeamRuntime.ForAll(model.GetChatClient(model.Base)));

        var turns = run.Trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).ToList();
        Assert.Equal(["ann", "bob", "ann", "bob", "ann"], turns.Select(t => t.Role));
        Assert.All(turns, t => Assert.InRange(t.Tokens!.CompletionIds.Length, 1, 6));
        Assert.All(turns, t => Assert.NotEmpty(t.Tokens!.PromptIds));
        Assert.Equal(turns.Select(t => (t.Role!, t.Text, t.Turn)), run.State!.Messages.Select(m => (m.From, m.Text, m.Turn)));
    }

    [Fact]
    public async Task Dialogue_StopRule_EndsAfterTheTurnInWhichItHolds()
    {
        var scripts = new Scripts(("ann", ["hello", "enough"]), ("bob", ["hi", "never said"]));

        var result = await Protocol.Dialogue(new() { Until = t => t.Last!.Text == "enough" }).ToWorkflow("talk", Teams.Members("ann", "bob")).Definition.RunAsync(new("talk"), scripts.Runtime);

        Assert.Equal(("0 ann: hello | 1 bob: hi | 2 ann: enough", "enough", true), (result.State.Said(), result.State.Answer, result.State.IsSettled));
    }

    [Fact]
    public async Task Dialogue_PolicyNamesNobodyOrAStranger_EndsOrFails()
    {
        var scripts = new Scripts(heard => heard.Role);
        var ends = Protocol.Dialogue(new() { Policy = TurnPolicy.By((talk, names) => talk.Messages.Length < 3 ? names[1] : null) }).ToWorkflow("talk", Teams.Members("ann", "bob"));
        var strays = Protocol.Dialogue(new() { Policy = TurnPolicy.By((_, _) => "eve") }).ToWorkflow("talk", Teams.Members("ann", "bob"));

        Assert.Equal("0 bob: bob | 1 bob: bob | 2 bob: bob", (await ends.Definition.RunAsync(new("talk"), scripts.Runtime)).State.Said());
        Assert.Contains("'eve', who is no member", (await Assert.ThrowsAsync<WorkflowNodeException>(() => strays.RunAsync("talk", scripts.Runtime))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check000C4_InnerMonologue_RoundsAreTurnsWithRewardsOfTheirOwnAndEndAtTheLimit()
    {
        var scripts = new Scripts(("ann", ["what colour?", "what shape?", "what size?", "a red cube"]), ("bob", ["red", "cube", "big"]));
        var team = Protocol.InnerMonologue(new() { MaxRounds = 3 }).ToWorkflow("look", Teams.Members("ann", "bob"));

        var run = await team.Definition.RecordAsync(new("What is it?"), scripts.Runtime);

        var inside = run.Trajectory.Nodes.Where(n => n.Kind == NodeKind.Role).Take(6).ToList();
        Assert.Equal([0, 0, 1, 1, 2, 2], inside.Select(n => n.Turn));
        Assert.Equal("a red cube", run.State!.Answer);
        Assert.All(run.State.Messages[..^1], m => Assert.Equal(MessageVisibility.Recipients, m.Visibility));
        Assert.Empty(run.State.For("outsider").Messages[..^1]);

        // Each round takes a reward of its own, which reaches the invocations of that round and no other.
        var rewarded = run.Trajectory with { Rewards = [.. Enumerable.Range(0, 3).Select(t => Reward.ForTurn(t, "use", t + 1))] };
        Assert.Equal([1, 1, 2, 2, 3, 3], new ReturnToGoCredit(0).Assign(rewarded).Take(6).Select(r => r.Return));
    }

    [Fact]
    public async Task InnerMonologue_AskerIsReady_StopsWithoutAnotherReply()
    {
        var scripts = new Scripts(("ann", ["what?", "READY", "done"]), ("bob", ["this"]), ("cat", ["that"]));

        var result = await Protocol.InnerMonologue().ToWorkflow("look", Teams.Members("ann", "bob", "cat")).Definition.RunAsync(new("What is it?"), scripts.Runtime);

        Assert.Equal("0 ann: what? | 0 bob: this | 0 cat: that | 1 ann: READY | 1 ann: done", result.State.Said());
        Assert.True(result.State.IsSettled);
    }

    [Fact]
    public async Task Blackboard_Posts_ReplaceTheirKeyAndTheAnswerEndsTheWork()
    {
        var scripts = new Scripts(
            ("ann", [Post("colour", "red"), Post("colour", "blue"), Post("answer", "a blue cube")]),
            ("bob", [Post("shape", "cube"), Post("", "")]));

        var result = await Protocol.Blackboard().ToWorkflow("board", Teams.Members("ann", "bob")).Definition.RunAsync(new("What is it?"), scripts.Runtime);

        Assert.Equal(("a blue cube", true), (result.State.Answer, result.State.IsSettled));
        var last = scripts.AskedOf("ann").Last();
        Assert.Contains("[ann] blue", last, StringComparison.Ordinal);
        Assert.DoesNotContain("red", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blackboard_RoundWithoutAPost_Ends()
    {
        var scripts = new Scripts(heard => Post(heard.Index == 0 && heard.Role == "ann" ? "fact" : "", "x"));

        var result = await Protocol.Blackboard(new() { Order = ActionOrder.Simultaneous }).ToWorkflow("board", Teams.Members("ann", "bob")).Definition.RunAsync(new("What is it?"), scripts.Runtime);

        Assert.Equal(4, scripts.Calls.Count);
        Assert.Equal(("fact: x", true), (result.State.Answer, result.State.IsSettled));
    }

    [Fact]
    public async Task SimulatedUser_Leaves_EndsTheDialogueWithTheLastWordsToIt()
    {
        var patient = SimulatedUser.Create("patient", "You are brief.", "Your head hurts.");
        var scripts = new Scripts(("doctor", ["What hurts?", "Rest."]), ("patient", ["My head.", "Thanks. GOODBYE"]));
        var options = new DialogueOptions { MaxTurns = 10, Until = SimulatedUser.HasLeft("patient"), Answer = SimulatedUser.AnswerTo("patient") };

        var result = await Protocol.Dialogue(options).ToWorkflow("consult", [Teams.Role("doctor"), patient]).Definition.RunAsync(new("Help."), scripts.Runtime);

        Assert.Equal(("Rest.", true), (result.State.Answer, result.State.IsSettled));
        Assert.False(patient.Trainable);
        Assert.All(scripts.Calls.Where(c => c.Role == "doctor"), c => Assert.DoesNotContain(c.Messages, m => m.Text.Contains("Your head hurts", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task PrivateObservation_OfARole_IsShownToItAlone()
    {
        var scripts = new Scripts(heard => heard.Role);
        var team = Protocol.Dialogue(new() { MaxTurns = 2 }).ToWorkflow("talk", Teams.Members("ann", "bob"));

        await team.Definition.RunAsync(new("Compare cards.") { Observations = [new("ann", "a seven"), new("bob", "a nine")] }, scripts.Runtime);

        Assert.Contains("a seven", scripts.AskedOf("ann").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("a seven", scripts.AskedOf("bob").Single(), StringComparison.Ordinal);
        Assert.Contains("a nine", scripts.AskedOf("bob").Single(), StringComparison.Ordinal);
    }

    private static string Post(string key, string value) => Scripts.Json(new { key, value });
}
