using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class BindingTests
{
    private static readonly Workflow<Counter> s_workflow = Helpers.OneRole(Helpers.Role("solo"));

    private static BoundWorkflow<string, int> Bound(BindingOptions? options = null) => s_workflow.Bind((string log) => new Counter(0, log), s => s.Value + s.Log.Length, options);

    [Fact]
    public async Task RunAsync_OfABoundWorkflow_MapsInputAndOutput() =>
        Assert.Equal(1 + "abok".Length, await Bound().RunAsync("ab", Helpers.Runtime(new ScriptedChatClient("ok"))));

    [Fact]
    public async Task RunAsync_NodeFails_ThrowsAsTheWorkflowDoes() =>
        await Assert.ThrowsAsync<WorkflowNodeException>(() => Bound().RunAsync("", Helpers.NoModel));

    [Fact]
    public async Task RunAsync_Cancelled_Throws() =>
        await Assert.ThrowsAsync<OperationCanceledException>(() => Bound().RunAsync("", Helpers.NoModel, cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public async Task RecordAsync_OutputThrows_KeepsTheRunAndSaysWhy()
    {
        var bound = s_workflow.Bind((string log) => new Counter(0, log), string (_) => throw new FormatException("no number"));
        var run = await bound.RecordAsync("", Helpers.Runtime(new ScriptedChatClient("ok")));
        Assert.Equal((TrajectoryStatus.Failed, 1), (run.Trajectory.Status, run.Trajectory.Nodes.Length));
        Assert.Contains("the output of its binding failed: no number", run.Trajectory.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordAsync_OfABoundWorkflow_RecordsTheOutputAsOutcome()
    {
        var run = await Bound().RecordAsync("ab", Helpers.Runtime(new ScriptedChatClient("ok")), new() { Seed = new(1, Task: "t") });
        Assert.Equal(("5", "one", 5), (run.Trajectory.Outcome, run.Trajectory.WorkflowName, run.State));
    }

    [Fact]
    public async Task AsAIFunction_OfABoundWorkflow_IsAToolWithItsNameAndDescription()
    {
        var tool = Bound(new() { Name = "the team", Description = "Counts." }).AsAIFunction(Helpers.Runtime(new ScriptedChatClient("ok")));
        Assert.Equal(("the_team", "Counts."), (tool.Name, tool.Description));
        Assert.Equal(5, ((System.Text.Json.JsonElement)(await tool.InvokeAsync(new() { ["input"] = "ab" }))!).GetInt32());
    }

    [Fact]
    public async Task BindChat_TextOrReply_SpeaksAndHandsOver()
    {
        var bound = s_workflow.BindChat(messages => new Counter(0, messages[^1].Text), s => s.Log == "abok" ? new AgentReply(s.Log, "critic") : s.Log);
        var first = await bound.RunAsync([new(ChatRole.User, "ab")], Helpers.Runtime(new ScriptedChatClient("ok")));
        var second = await bound.RunAsync([new(ChatRole.User, "x")], Helpers.Runtime(new ScriptedChatClient("ok")));
        Assert.Equal([new AgentReply("abok", "critic"), new AgentReply("xok")], [first, second]);
    }
}
