using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class GovernanceTests
{
    private const string Bad = "Spiders have six legs.";
    private const string Good = "Spiders have eight legs.";

    private static MessageVerifier NotSix => MessageVerifier.By(m => m.Text.Contains("six", StringComparison.Ordinal) ? "They have more." : null);

    [Fact]
    public async Task RunAsync_RefusedOnce_IsAskedAgainWithTheReasonAndNobodyElseSeesIt()
    {
        var scripts = new Scripts(h => h.Role == "ann" && h.Messages.Count == 1 ? Bad : Good);
        var team = TeamPatterns.Sequential("team", Teams.Members("ann", "bob"), new() { Governance = new() { Verifier = NotSix } });

        var run = await team.Definition.RecordAsync(new("How many?"), scripts.Runtime);

        Assert.Equal([Good, Good], run.State!.Messages.Select(m => m.Text));
        Assert.Empty(run.State.Quarantine);
        var again = scripts.Calls.Where(c => c.Role == "ann").ElementAt(1).Messages;
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User], again.Select(m => m.Role));
        Assert.Contains("They have more.", again[2].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(scripts.AskedOf("bob"), t => t.Contains("six", StringComparison.Ordinal));
        // The refused words and the reason are in the record.
        Assert.Contains(run.Trajectory.Nodes, n => n.Role == "ann" && n.Text == Bad);
        Assert.Contains(run.Trajectory.Nodes, n => n.Kind == NodeKind.Function && n.Result?.GetRawText().Contains("They have more.", StringComparison.Ordinal) == true);
        Assert.Equal((2, 1, 3), (GovernanceCost.Of(run.Trajectory).Members.Calls, GovernanceCost.Of(run.Trajectory).Repairs.Calls, GovernanceCost.Of(run.Trajectory).FunctionChecks));
    }

    [Fact]
    public async Task RunAsync_RefusedToTheEnd_IsInQuarantineAndInNoPrompt()
    {
        var scripts = new Scripts(h => h.Role == "ann" ? Bad : "Noted.");
        var team = TeamPatterns.Sequential("team", Teams.Members("ann", "bob"), new() { Governance = new() { Verifier = NotSix, MaxRepairs = 1 } });

        var state = (await team.Definition.RunAsync(new("How many?"), scripts.Runtime)).State;

        var refused = Assert.Single(state.Quarantine);
        Assert.Equal((Bad, "They have more.", 2), (refused.Message.Text, refused.Reason, refused.Attempts));
        Assert.True(state.Messages[0].IsWithheld);
        Assert.Equal("Noted.", state.Answer);
        Assert.DoesNotContain(scripts.AskedOf("bob"), t => t.Contains("six", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_QuarantineFails_ThrowsWhoAndWhy()
    {
        var team = TeamPatterns.Sequential("team", Teams.Members("ann"), new() { Governance = new() { Verifier = NotSix, MaxRepairs = 0, OnQuarantine = QuarantineRule.Fail } });

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => team.RunAsync("How many?", new Scripts(_ => Bad).Runtime));

        Assert.Equal("ann", Assert.IsType<QuarantineException>(error.InnerException).Member);
    }

    [Fact]
    public async Task RunAsync_VotesOfWithheldMembers_DoNotCount()
    {
        var scripts = new Scripts(h => h.Role == "cat" ? Good : Bad);
        var vote = TeamPatterns.Concurrent("team", Teams.Members("ann", "bob", "cat"), Aggregation.Majority(), new() { Governance = new() { Verifier = NotSix, MaxRepairs = 0 } });

        Assert.Equal(Good, await vote.RunAsync("How many?", scripts.Runtime));
        Assert.Equal(Bad, await TeamPatterns.Concurrent("team", Teams.Members("ann", "bob", "cat"), Aggregation.Majority()).RunAsync("How many?", scripts.Runtime));
    }

    [Fact]
    public async Task Vote_OfSeveral_NeedsAsManyAsItSays()
    {
        var split = new[] { MessageVerifier.By(_ => null), MessageVerifier.By(_ => null), MessageVerifier.By(_ => "No.") };

        Assert.Equal("said", await RunAsync(MessageVerifier.Vote(split)));
        Assert.NotEqual("said", await RunAsync(MessageVerifier.Vote(split, needed: 3)));
        Assert.Throws<AgentTeamsException>(() => MessageVerifier.Vote(split, needed: 4));

        static Task<string> RunAsync(MessageVerifier verifier) =>
            TeamPatterns.Sequential("team", Teams.Members("ann"), new() { Governance = new() { Verifier = verifier } }).RunAsync("task", new Scripts(_ => "said").Runtime);
    }

    [Fact]
    public async Task ResumeAsync_AfterAJudgement_DoesNotJudgeAgain()
    {
        var (judged, store) = (0, new ListStore());
        var verifier = MessageVerifier.By((m, _) => new(Interlocked.Increment(ref judged) == 1 ? "Not the first." : null));
        var team = TeamPatterns.Sequential("team", Teams.Members("ann", "bob"), new() { Governance = new() { Verifier = verifier } });
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run" };
        var first = await team.Definition.RunAsync(new("task"), new Scripts(h => $"{h.Role} {h.Index}").Runtime, options);
        Assert.Equal(3, judged);

        var again = await team.Definition.RunAsync(new("task"), new Scripts(_ => "other").Runtime, options);
        var replayed = await team.Definition.ReplayAsync(first.Run);

        Assert.Equal(3, judged);
        Assert.Equal("ann 1", again.State.Messages[0].Text);
        Assert.Equal(Teams.Write(first.State), Teams.Write(again.State));
        Assert.Equal(Teams.Write(first.State), Teams.Write(replayed.State));
    }

    [Fact]
    public async Task AddGovernedRole_InAnyWorkflow_GivesTheUpdateWhatWasDelivered()
    {
        var wf = Workflow.CreateBuilder<Conversation>("own");
        wf.Start(wf.AddGovernedRole(new() { Verifier = NotSix, MaxRepairs = 0 }, Teams.Role("ann"), s => s.Task, (s, reply) => s with { Answer = $"{reply.IsWithheld}: {reply.Text}" }));
        var workflow = wf.Build();

        Assert.Equal($"False: {Good}", (await workflow.RunAsync(new("task"), new Scripts(_ => Good).Runtime)).State.Answer);
        Assert.StartsWith("True: (ann's message is withheld", (await workflow.RunAsync(new("task"), new Scripts(_ => Bad).Runtime)).State.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void ToWorkflow_GovernanceThatCannotBe_TellsWhat()
    {
        var error = Assert.Throws<AgentTeamsException>(() => TeamPatterns.Sequential("team", Teams.Members("ann"), new() { Governance = new() { Verifier = NotSix, MaxRepairs = -1 } }));

        Assert.Contains("Governance.MaxRepairs is -1", error.Message, StringComparison.Ordinal);
    }
}
