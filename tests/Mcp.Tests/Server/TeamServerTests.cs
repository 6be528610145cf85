using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

public sealed class TeamServerTests
{
    private static readonly Role Planner = new() { Name = "planner", Description = "plans" };
    private static readonly Role Coder = new() { Name = "coder" };

    [Fact]
    public async Task CallTool_Workflow_AnswersInTheFormOfItsOutputAndTellsItsNodes()
    {
        var told = new Told();
        await using var served = await ServedTeam.StartAsync(Team(new ScriptedChatClient(async call =>
        {
            // The SDK's client forgets what it is told after a result, so each reply waits until it was told.
            await told.UntilAsync(call.Index == 0 ? "planner: started" : "coder: started");
            return call.Index == 0 ? "plan it" : "x = 2";
        })));
        var tool = Assert.Single(await served.Client.ListToolsAsync());
        var result = await tool.CallAsync(new Dictionary<string, object?> { ["question"] = "twice 1?", ["strict"] = true }, told);

        Assert.Equal("plan_code", tool.Name);
        Assert.Equal(["question", "strict"], tool.JsonSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name));
        Assert.Equal(["code", "steps"], tool.ReturnJsonSchema!.Value.GetProperty("properties").EnumerateObject().Select(p => p.Name));
        Assert.Equal("""{"code":"x = 2","steps":1}""", result.StructuredContent!.Value.GetRawText());
        Assert.NotEqual(true, result.IsError);
        Assert.Subset(new HashSet<string>(["planner: started", "planner: done", "coder: started", "coder: done"]), new HashSet<string>(told.Messages));
        Assert.Superset(new HashSet<string>(["planner: started", "coder: started"]), new HashSet<string>(told.Messages));
    }

    [Fact]
    public async Task CallTool_Roles_AnswerAsTextOrInTheirSchema()
    {
        var judge = new Role { Name = "judge", Options = new() { ResponseSchema = JsonSerializer.SerializeToElement(new { type = "object", properties = new { grade = new { type = "integer" } } }) } };
        var server = new McpTeamServer(new() { Name = "roles" }).AddRole(Planner, new ScriptedChatClient("first this"), new() { Hints = McpServedHints.ReadOnly })
            .AddRole(judge, new ScriptedChatClient("""{"grade":7}""")).AddTool(AIFunctionFactory.Create((int x) => 2 * x, "twice"));
        await using var served = await ServedTeam.StartAsync(server);
        var tools = (await served.Client.ListToolsAsync()).ToDictionary(t => t.Name);
        var said = await tools["planner"].CallAsync(new Dictionary<string, object?> { ["input"] = "how?" });

        Assert.Equal(("first this", """{"result":"first this"}"""), (((TextContentBlock)said.Content[0]).Text, said.StructuredContent!.Value.GetRawText()));
        Assert.True(tools["planner"].ProtocolTool.Annotations!.ReadOnlyHint);
        Assert.Equal("""{"grade":7}""", (await tools["judge"].CallAsync(new Dictionary<string, object?> { ["input"] = "good?" })).StructuredContent!.Value.GetRawText());
        Assert.Equal("42", ((TextContentBlock)(await tools["twice"].CallAsync(new Dictionary<string, object?> { ["x"] = 21 })).Content[0]).Text);
        var wrong = await tools["twice"].CallAsync(new Dictionary<string, object?> { ["x"] = "many" });
        Assert.True(wrong.IsError);
        Assert.StartsWith("The arguments are not those of 'twice': at '/x'", ((TextContentBlock)wrong.Content[0]).Text, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => server.AddRole(Planner, new ScriptedChatClient("x")));
    }

    [Fact]
    public async Task CallTool_OfAnotherServerHandedOn_KeepsErrorsContentsAndData()
    {
        await using var other = new InProcessServer(
            ("fail", () => new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "no such file" }] }),
            ("draw", () => new CallToolResult { Content = [new TextContentBlock { Text = "here" }, ImageContentBlock.FromBytes(new byte[] { 1, 2 }, "image/png")], StructuredContent = JsonElement.Parse("""{"size":2}""") }));
        await using var tools = await other.ConnectAsync();
        await using var served = await ServedTeam.StartAsync(new McpTeamServer(new() { Name = "proxy" }).AddTool(tools["fail"]).AddTool(tools["draw"]));
        var failed = await served.Client.CallToolAsync("fail");
        var drawn = await served.Client.CallToolAsync("draw");

        Assert.Equal((true, "no such file"), (failed.IsError, ((TextContentBlock)failed.Content[0]).Text));
        Assert.Equal(["text", "image"], drawn.Content.Select(c => c.Type));
        Assert.Equal("""{"size":2}""", drawn.StructuredContent?.GetRawText());
    }

    [Theory]
    [InlineData("""{"question": 5, "strict": true}""")]
    [InlineData("""{"question": "q", "strict": "perhaps"}""")]
    [InlineData("""{"question": "q"}""")]
    public async Task CallTool_WrongArguments_AreRefusedAndNoModelIsAsked(string arguments)
    {
        var client = new ScriptedChatClient("never");
        await using var served = await ServedTeam.StartAsync(Team(client));
        var result = await served.Client.CallToolAsync("plan_code", JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments)!);

        Assert.True(result.IsError);
        Assert.StartsWith("The arguments are not those of 'plan_code'", ((TextContentBlock)result.Content[0]).Text, StringComparison.Ordinal);
        Assert.Empty(client.Calls);
    }

    [Theory]
    [InlineData(false, "The node 'planner' failed (IOException). The server's log says more.")]
    [InlineData(true, "secret-of-the-server")]
    public async Task CallTool_ModelFails_TellsTheNodeAndTheMessageOnlyIfAsked(bool tell, string told)
    {
        var server = Team(new ScriptedChatClient(ScriptedReply.Fail(new IOException("secret-of-the-server"))), new() { Name = "math", TellErrors = tell });
        await using var served = await ServedTeam.StartAsync(server);
        var result = await served.Client.CallToolAsync("plan_code", Asked);

        Assert.True(result.IsError);
        Assert.Contains(told, ((TextContentBlock)result.Content[0]).Text, StringComparison.Ordinal);
        Assert.Equal(tell, JsonSerializer.Serialize(result).Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CallTool_Cancelled_CancelsTheModelsCall()
    {
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var client = new ScriptedChatClient(call =>
        {
            call.CancellationToken.Register(cancelled.SetResult);
            asked.SetResult();
            return ScriptedReply.Never();
        });
        await using var served = await ServedTeam.StartAsync(Team(client));
        using var stop = new CancellationTokenSource();
        var call = served.Client.CallToolAsync("plan_code", Asked, cancellationToken: stop.Token).AsTask();
        await asked.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task;
        IList<McpClientResource> listed;
        do listed = await served.Client.ListResourcesAsync();
        while (listed.Count == 0);

        Assert.Equal("plan_code cancelled", listed[0].Name);
    }

    [Fact]
    public async Task Resources_AfterACall_HoldItsRunAndTrajectory()
    {
        await using var served = await ServedTeam.StartAsync(Team("plan it", "x = 2"));
        var result = await served.Client.CallToolAsync("plan_code", Asked);
        var uri = result.Meta!["agentteams/run"]!.GetValue<string>();
        var listed = await served.Client.ListResourcesAsync();
        var run = Assert.IsType<TextResourceContents>((await served.Client.ReadResourceAsync(uri)).Contents[0]);
        var trajectory = Assert.IsType<TextResourceContents>((await served.Client.ReadResourceAsync(uri + "/trajectory")).Contents[0]);

        Assert.Equal([uri, uri + "/trajectory"], listed.Select(r => r.Uri));
        Assert.Equal(2, (await served.Client.ListResourceTemplatesAsync()).Count);
        var json = JsonElement.Parse(run.Text);
        Assert.Equal(("completed", "x = 2"), (json.GetProperty("status").GetString(), json.GetProperty("output").GetProperty("code").GetString()));
        TrajectoryJson.Deserialize(System.Text.Encoding.UTF8.GetBytes(trajectory.Text)).Check().AskedInOrder("planner", "coder");
        await Assert.ThrowsAsync<McpProtocolException>(() => served.Client.ReadResourceAsync("agentteams://runs/00000000000000000000000000000000").AsTask());
    }

    [Fact]
    public async Task Resources_MoreRunsThanAreKept_TheOldestGiveWayAndOthersAreNotListed()
    {
        var server = Team(new ScriptedChatClient("same"), new() { Name = "math", KeptRuns = 2 });
        await using var served = await ServedTeam.StartAsync(server);
        await using var other = await ServedTeam.StartAsync(server);
        var runs = new List<string>();
        for (var i = 0; i < 3; i++) runs.Add((await served.Client.CallToolAsync("plan_code", Asked)).Meta!["agentteams/run"]!.GetValue<string>());

        Assert.Equal(runs[1..], (await served.Client.ListResourcesAsync()).Select(r => r.Uri).Where(u => !u.EndsWith("trajectory", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<McpProtocolException>(() => served.Client.ReadResourceAsync(runs[0]).AsTask());
        Assert.Empty(await other.Client.ListResourcesAsync());
    }

    private static Dictionary<string, object?> Asked => new() { ["question"] = "twice 1?", ["strict"] = false };

    private static McpTeamServer Team(params string[] replies) => Team(new ScriptedChatClient([.. replies.Select(ScriptedReply.Say)]));

    private static McpTeamServer Team(IChatClient client, McpTeamServerOptions? options = null)
    {
        var wf = Workflow.CreateBuilder<Work>("plan code");
        var plan = wf.AddRole(Planner, s => s.Question, (s, r) => s with { Plan = r.Text });
        wf.Start(plan).Then(wf.AddRole(Coder, s => s.Plan, (s, r) => s with { Code = r.Text }));
        return new McpTeamServer(options ?? new() { Name = "math" }).AddWorkflow(wf.Build().Bind((Question q) => new Work(q.Text), s => new Solution(s.Code, 1)), TeamRuntime.ForAll(client));
    }

    private sealed record Question([property: System.Text.Json.Serialization.JsonPropertyName("question")] string Text, bool Strict);

    private sealed record Solution(string Code, int Steps);

    private sealed record Work(string Question, string Plan = "", string Code = "");

    private sealed class Told : IProgress<ProgressNotificationValue>
    {
        private readonly List<string> _messages = [];
        private readonly Dictionary<string, TaskCompletionSource> _awaited = [];

        public List<string> Messages
        {
            get
            {
                lock (_messages) return [.. _messages];
            }
        }

        public Task UntilAsync(string message)
        {
            lock (_messages) return _messages.Contains(message) ? Task.CompletedTask : (_awaited[message] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        public void Report(ProgressNotificationValue value)
        {
            lock (_messages)
            {
                _messages.Add(value.Message!);
                if (_awaited.TryGetValue(value.Message!, out var awaited)) awaited.TrySetResult();
            }
        }
    }
}
