using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Roles of a run that share a context.</summary>
public sealed class SharedContextTests
{
    private readonly InMemoryContextStore _store = new();

    [Fact]
    public async Task Middleware_RolesWithRights_ActAsThemselvesAndAreRecorded()
    {
        var context = Context("run", role => role == "planner" ? ContextRights.All : ContextRights.ReadOnly);
        var script = new TeamScript().Role("planner", ScriptedReply.CallTool("context_set", new { key = "plan/steps", value = new[] { "a", "b" }, expectedVersion = 0 }), "planned")
            .Role("coder", ScriptedReply.CallTool("context_get", new { key = "plan/steps" }), "coded");

        var run = await Team().RunAsync(new(""), script.Runtime, new() { Middleware = [context.ToMiddleware()] });

        var tools = run.Nodes.Where(n => n.Kind == NodeKind.Tool).ToList();
        Assert.Equal([("context_set", "planner", "context"), ("context_get", "coder", "context")], tools.Select(n => (n.ToolName, n.Role, n.Server)));
        Assert.Equal("""{"key":"plan/steps","version":1,"writer":"planner","contextVersion":1,"value":["a","b"]}""", tools[1].Result!.Value.GetRawText());
        Assert.Equal(["context_get", "context_list", "context_history", "context_set", "context_delete"], script.CallsOf("planner")[0].Options.Tools!.Select(t => t.Name));
        Assert.Equal(["context_get", "context_list", "context_history"], script.CallsOf("coder")[0].Options.Tools!.Select(t => t.Name));
        Assert.Equal(["a", "b"], (await context.As("anyone").GetAsync<string[]>("plan/steps"))!);
    }

    [Fact]
    public async Task Middleware_WhatARoleMayNot_IsARefusalThatItReads()
    {
        var context = Context("run", role => role == "planner" ? new() { Reads = ["plan/*"], Writes = ["plan/*"] } : ContextRights.None);
        List<ContextDeniedException> denied = [];
        context.Denied += (_, e) => denied.Add(e);
        await _store.WriteAsync("run", new() { Key = "secret", Value = JsonSerializer.SerializeToElement(1) });
        var script = new TeamScript().Role("planner", ScriptedReply.CallTools(("context_set", new { key = "plans", value = 1 }), ("context_get", new { key = "secret" }), ("context_list", new { })), "sorry")
            .Role("coder", ScriptedReply.CallTool("context_get", new { key = "plan/x" }), "sorry");

        var run = await Team().RunAsync(new(""), script.Runtime, new() { Middleware = [context.ToMiddleware()] });

        var tools = run.Nodes.Where(n => n.Kind == NodeKind.Tool).ToList();
        Assert.Equal(["ContextDeniedException", "ContextDeniedException", null, "UnknownTool"], tools.Select(n => n.Error?.Type));
        Assert.StartsWith("Error: refused: 'planner' may not write 'plans'.", $"{script.CallsOf("planner")[1].Messages[^1].Contents.OfType<FunctionResultContent>().First().Result}", StringComparison.Ordinal);
        Assert.Equal("""{"entries":[],"contextVersion":1}""", tools[2].Result!.Value.GetRawText());
        Assert.Equivalent((object[])[("planner", "plans", true), ("planner", "secret", false)], denied.Select(d => (object)(d.Role, d.Key, d.IsWrite)));
        Assert.Equal(1, await _store.GetVersionAsync("run"));
    }

    [Fact]
    public void Rights_NullOrNotSet_AreAnErrorThatNamesTheFix()
    {
        foreach (var rights in (ContextRights?[])[null, new() { Reads = default }, new() { Writes = default }])
        {
            var context = Context("run", _ => rights!);
            foreach (var use in (Action[])[() => context.As("planner"), () => context.ToolsOf("planner"), () => new McpTeamServer(new() { Name = "team" }).AddContext(context)])
                Assert.Contains("ContextRights.None", Assert.Throws<AgentTeamsException>(use).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Middleware_ARunOfItsOwn_HasAContextOfItsOwn()
    {
        var context = Context(null, _ => ContextRights.All);
        var options = new WorkflowRunOptions { Middleware = [context.ToMiddleware()] };

        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Team().RecordAsync(new(""), Setting($"{i}").Runtime, options)));

        Assert.Equal((string?[])["0", "1"], await Task.WhenAll(runs.Select(async r => await context.As("me", context.RunOf(r.Trajectory)).GetAsync<string>("k"))));
        Assert.Throws<AgentTeamsException>(() => context.As("me"));
        Assert.Throws<AgentTeamsException>(() => context.RunOf(runs[0].Trajectory with { Properties = null }));
    }

    [Fact]
    public async Task Middleware_ARoleWithAToolOfThatName_IsRefused()
    {
        var wf = Workflow.CreateBuilder<Work>("clash");
        wf.Start(wf.AddRole(new Role { Name = "coder", Tools = [AIFunctionFactory.Create(() => 1, "context_get")] }, _ => "x", (s, r) => s));

        var e = await Assert.ThrowsAsync<WorkflowNodeException>(() => wf.Build().RunAsync(new(""), new TeamScript().Role("coder", "x").Runtime, new() { Middleware = [Context("run", _ => ContextRights.All).ToMiddleware()] }));

        Assert.Contains("two tools named 'context_get'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolsOf_InAToolNode_ActAsTheRole()
    {
        var context = Context(null, _ => ContextRights.All);
        var wf = Workflow.CreateBuilder<Work>("node");
        wf.Start(wf.AddTool(context.ToolsOf("clerk").Single(t => t.Name == "context_set"), _ => new { key = "k", value = 7 }, (s, r) => s with { Text = r.Text }));

        var run = await wf.Build().RecordAsync(new(""), new TeamScript().Runtime, new() { Middleware = [context.ToMiddleware()] });

        Assert.Equal("clerk", (await _store.GetAsync(context.RunOf(run.Trajectory), "k"))!.Writer);
    }

    [Fact]
    public async Task ResumeAsync_FromAnyRecord_WritesNothingTwice()
    {
        var context = Context(null, _ => ContextRights.All);
        var (checkpoints, options) = (new InMemoryCheckpointStore(), new WorkflowRunOptions { RunId = "run", Middleware = [context.ToMiddleware()] });
        var whole = await Team().RunAsync(new(""), Counting(), options with { Checkpoints = checkpoints });
        var history = await HistoryAsync("run");
        var records = await checkpoints.ReadAsync("run").ToListAsync();
        Assert.Equal(["mine=1", "mine=2", "other=1", "mine="], history);

        for (var kept = 1; kept < records.Count; kept++)
        {
            var cut = new InMemoryCheckpointStore();
            await using (var journal = await cut.OpenAsync("run"))
            {
                foreach (var record in records.Take(kept)) await journal.AppendAsync(record);
            }

            var resumed = await Team().ResumeAsync(Counting(), options with { Checkpoints = cut });

            Assert.Equal(whole.State, resumed.State);
            Assert.Equal(whole.Nodes.Select(n => (n.Id, $"{n.Result}")), resumed.Nodes.Select(n => (n.Id, $"{n.Result}")));
            Assert.Equal(history, await HistoryAsync("run"));
        }

        await Team().ReplayAsync(RunState.FromRecords<Work>(records));
        await Team().ReplayAsync(RunState.FromRecords<Work>(records.Take(4)));
        Assert.Equal(history, await HistoryAsync("run"));
    }

    [Fact]
    public async Task RunAsync_AnIdThatWasUsedBefore_WritesAnew()
    {
        var options = new WorkflowRunOptions { RunId = "run", Middleware = [Context(null, _ => ContextRights.All).ToMiddleware()] };
        for (var i = 0; i < 2; i++) await Team().RunAsync(new(""), Counting(), options with { Checkpoints = new InMemoryCheckpointStore() });

        Assert.Equal(8, await _store.GetVersionAsync("run"));
    }

    [Fact]
    public async Task ForkAsync_OfARunWithItsOwnContext_GoesOnWithACopyAsItsPastSawIt()
    {
        var context = Context(null, _ => ContextRights.All);
        var (checkpoints, options) = (new InMemoryCheckpointStore(), new WorkflowRunOptions { RunId = "run", Middleware = [context.ToMiddleware()] });
        await Team().RunAsync(new(""), Counting(), options with { Checkpoints = checkpoints });
        var parent = await Team().ReadRunAsync(checkpoints, "run");
        var history = await HistoryAsync("run");

        var fork = await Team().ForkAsync(parent, "planner");
        await Team().ResumeAsync(fork, Setting("forked").Runtime, options with { RunId = "fork", Checkpoints = checkpoints });
        var again = await Team().ForkAsync(await Team().ReadRunAsync(checkpoints, "fork"), "planner");
        await Team().ResumeAsync(again, Counting(), options with { RunId = "again", Checkpoints = checkpoints });
        await Team().ResumeAsync(TeamRuntime.ForAll(new ScriptedChatClient("unasked")), options with { RunId = "again", Checkpoints = checkpoints });

        Assert.Equal(history, await HistoryAsync("run"));
        Assert.Equal(["mine=1", "mine=2", "k=\"forked\""], await HistoryAsync("fork"));
        Assert.Equal(["mine=1", "mine=2", "other=1", "mine="], await HistoryAsync("again"));
    }

    [Fact]
    public async Task Options_NotValid_NameTheProblem()
    {
        Assert.Contains("Name is 'a b'", Assert.Throws<AgentTeamsException>(() => new SharedContext(new() { Store = _store, Name = "a b" })).Message, StringComparison.Ordinal);
        Assert.Contains("Store is null", Assert.Throws<AgentTeamsException>(() => new SharedContext(new() { Store = null!, Run = " " })).Message, StringComparison.Ordinal);
        Assert.Contains("Role is empty", Assert.Throws<AgentTeamsException>(() => new McpTeamServer(new() { Name = "s" }).AddContext(Context("run", _ => ContextRights.All), new() { Role = "" })).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ContextDeniedException>(async () => await Context("run", _ => new() { Reads = ["a*"] }).As("x").GetHistoryAsync("b"));
    }

    [Fact]
    public async Task WatchAsync_AsARole_ShowsWhatItMayRead()
    {
        var context = Context("run", role => role == "all" ? ContextRights.All : new() { Reads = ["a/*"] });
        foreach (var key in (string[])["a/1", "b/1", "a/2"]) await context.As("all").SetAsync(key, key);
        await context.As("all").DeleteAsync("a/1");

        Assert.Equal([("a/1", 1), ("a/2", 3), ("a/1", 4)], await context.As("some").WatchAsync().Take(3).Select(c => (c.Key, c.Version)).ToListAsync());
    }

    // What a model says here follows from what it reads, so a resumed run says the same.
    private static TeamRuntime Counting() => TeamRuntime.ForAll(new ScriptedChatClient(call => (call.Messages.Count(m => m.Role == ChatRole.Tool), call.Messages[^1].Text) switch
    {
        (0, "planner") => ScriptedReply.CallTool("context_set", new { key = "mine", value = 1, expectedVersion = 0 }),
        (1, _) when Asked(call) == "planner" => ScriptedReply.CallTool("context_set", new { key = "mine", value = 2 }),
        (0, "coder") => ScriptedReply.CallTool("context_set", new { key = "other", value = 1 }),
        (1, _) when Asked(call) == "coder" => ScriptedReply.CallTool("context_delete", new { key = "mine" }),
        _ => "done",
    }));

    private static string Asked(ScriptedCall call) => call.Messages.First(m => m.Role == ChatRole.User).Text;

    private static TeamScript Setting(string value) => new TeamScript().Role("planner", ScriptedReply.CallTool("context_set", new { key = "k", value }), "done")
        .Role("coder", call => call.Messages[^1].Role == ChatRole.Tool ? "done" : ScriptedReply.CallTool("context_set", new { key = "k", value }));

    private static Workflow<Work> Team()
    {
        var wf = Workflow.CreateBuilder<Work>("team");
        var plan = wf.AddRole(new Role { Name = "planner" }, _ => "planner", (s, r) => s with { Text = r.Text });
        wf.Start(plan).Then(wf.AddRole(new Role { Name = "coder" }, _ => "coder", (s, r) => s with { Text = s.Text + r.Text }));
        return wf.Build();
    }

    private SharedContext Context(string? run, Func<string, ContextRights> rights) => new(new() { Store = _store, Run = run, Rights = rights });

    private async Task<List<string>> HistoryAsync(string run) => await _store.WatchAsync(run, 0).Take((int)await _store.GetVersionAsync(run)).Select(e => $"{e.Key}={e.Value?.GetRawText()}").ToListAsync();

    private sealed record Work(string Text);
}
