using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ReplyStreamTests
{
    private static readonly Role s_role = Helpers.Role("solo", Helpers.Tool("echo", (string text) => text));

    private static ScriptedChatClient Script() => new(call => call.Index == 0 ? ScriptedReply.CallTool("echo", new { text = "x" }) : ScriptedReply.Say("so be it"));

    private static WorkflowRunOptions Options(bool stream) => new() { StreamReplies = stream, TimeProvider = new TestClock() };

    [Fact]
    public async Task StreamAsync_StreamReplies_TellsTheReplyInPartsBeforeItsRecord()
    {
        using var client = Script();
        var events = await Helpers.OneRole(s_role).StreamAsync(new(), Helpers.Runtime(client), Options(stream: true)).ReadAsync();
        var said = events.OfType<ReplyDelta>().ToList();
        Assert.Equal(["so", " be", " it"], said.Select(d => d.Update.Text).Where(t => t.Length > 0));
        Assert.All(said, d => Assert.Equal(("solo", "solo"), (d.Role, d.NodeId)));
        Assert.True(events.FindLastIndex(e => e is ReplyDelta) < events.FindLastIndex(e => e is CallRecorded));
    }

    [Fact]
    public async Task RunAsync_StreamReplies_RecordsWhatItRecordsWithout()
    {
        using var streamed = Script();
        using var whole = Script();
        var workflow = Helpers.OneRole(s_role);
        var left = await workflow.RunAsync(new(), Helpers.Runtime(streamed), Options(stream: true));
        var right = await workflow.RunAsync(new(), Helpers.Runtime(whole), Options(stream: false));
        Assert.Equal(Json(right), Json(left));

        static string Json(WorkflowResult<Counter> result) => JsonSerializer.Serialize(result.Nodes, TrajectoryJson.Options);
    }

    [Fact]
    public async Task RunAsync_RequiredToolMode_DemandsACallOnceAndLetsTheRoleAnswerThen()
    {
        using var client = Script();
        await Helpers.OneRole(s_role with { Options = new() { ToolMode = ChatToolMode.RequireAny } }).RunAsync(new(), Helpers.Runtime(client));
        Assert.Equal([ChatToolMode.RequireAny, null], client.Calls.Select(c => c.Options.ToolMode));
    }

    [Fact]
    public async Task RunAsync_ToolsAskForServices_GetThoseOfTheRuntime()
    {
        var services = new Services();
        var seen = new List<IServiceProvider?>();
        var tool = AIFunctionFactory.Create((IServiceProvider given) => { seen.Add(given); return "done"; }, "ask");
        var wf = Workflow.CreateBuilder<Counter>("services");
        var first = wf.AddTool(tool, _ => new { }, (s, r) => s.Add(r.Text));
        wf.Start(first).Then(wf.AddRole(Helpers.Role("solo", tool), _ => "go", (s, r) => s.Add(r.Text)));
        using var client = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.CallTool("ask") : ScriptedReply.Say("ok"));
        await wf.Build().RunAsync(new(), Helpers.Runtime(client) with { Services = services });
        Assert.Equal<IServiceProvider?>([services, services], seen);
    }

    private sealed class Services : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
