using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ToolLoopTests
{
    private static readonly AIFunction Double = Helpers.Tool("double", (int x) => 2 * x);

    [Fact]
    public async Task Loop_ToolCall_IsExecutedRecordedAndReturnedToTheModel()
    {
        using var client = Script(ScriptedReply.CallTool("double", new { x = 21 }), ScriptedReply.Say("42!"));

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal("42!", result.State.Log);
        Assert.Equal(["solo/call-0", "solo/tool-0", "solo/call-1"], result.Nodes.Select(n => n.Id));
        Assert.Equal([[], ["solo/call-0"], ["solo/tool-0"]], result.Nodes.Select(n => n.Parents.ToArray()));
        Assert.Equal("42", result.Nodes[1].Result.ToString());
        Assert.Equal(21, result.Nodes[1].Arguments?.GetProperty("x").GetInt32());
        var returned = Assert.IsType<FunctionResultContent>(client.Calls[^1].Messages[^1].Contents[0]);
        Assert.Equal(("call-0-double", "42"), (returned.CallId, returned.Result?.ToString()));
    }

    [Fact]
    public async Task Loop_UnknownTool_IsRefusedAndTheModelGoesOn()
    {
        using var client = Script(ScriptedReply.CallTool("erase"), ScriptedReply.Say("sorry"));

        var result = await Helpers.OneRole(Helpers.Role("solo", Double)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal("sorry", result.State.Log);
        Assert.Equal("UnknownTool", result.Nodes[1].Error?.Type);
        Assert.Contains("double", client.Calls[^1].Messages[^1].Contents.OfType<FunctionResultContent>().Single().Result?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loop_ToolThrows_TellsTheModel()
    {
        var broken = Helpers.Tool("broken", string () => throw new IOException("disk full"));
        using var client = Script(ScriptedReply.CallTool("broken"), ScriptedReply.Say("noted"));

        var result = await Helpers.OneRole(Helpers.Role("solo", broken)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(("IOException", "disk full"), (result.Nodes[1].Error?.Type, result.Nodes[1].Error?.Message));
        Assert.Contains("disk full", client.Calls[^1].Messages[^1].Contents.OfType<FunctionResultContent>().Single().Result?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loop_CallsTheClientAlreadyExecuted_AreRecordedNotRepeated()
    {
        var executed = 0;
        var count = Helpers.Tool("count", () => ++executed);
        using var client = Script(new ChatResponse(
        [
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "count")]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", 7)]),
            new(ChatRole.Assistant, "seven"),
        ]));

        var result = await Helpers.OneRole(Helpers.Role("solo", count)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(0, executed);
        Assert.Equal("seven", result.State.Log);
        Assert.Equal(["solo/call-0", "solo/tool-0"], result.Nodes.Select(n => n.Id));
        Assert.Equal("7", result.Nodes[1].Result.ToString());
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task Loop_ModelNeverStopsAsking_IsCapped()
    {
        using var client = Script(ScriptedReply.CallTool("double", new { x = 1 }));
        var role = Helpers.Role("solo", Double) with { Options = new() { MaxToolRounds = 2 } };

        var events = await Helpers.OneRole(role).StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        Assert.IsType<ToolRoundLimitException>(Assert.IsType<WorkflowFailed>(events[^1]).Exception.InnerException);
        Assert.Equal(3, client.Calls.Count);
        Assert.Equal(2, events.Nodes().Count(n => n.Kind == NodeKind.Tool));
        Assert.Equal("ToolRoundLimitException", events.Nodes().Last().Error?.Type);
    }

    [Fact]
    public async Task Loop_ToolReportsAnError_UpdateSeesItAndTheRecordHasIt()
    {
        var refuse = Helpers.Tool("refuse", () => new ToolResult { Text = "division by zero", IsError = true });
        var wf = Workflow.CreateBuilder<Counter>("reported");
        wf.Start(wf.AddTool(refuse, _ => new { }, (s, r) => s.Add($"{r.IsError}: {r.Text}")));

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal("True: division by zero", result.State.Log);
        Assert.Equal("division by zero", result.Nodes[0].Error?.Message);
    }

    private static ScriptedChatClient Script(params ScriptedReply[] responses) =>
        new(call => responses[Math.Min(call.Index, responses.Length - 1)]);
}
