using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class TelemetryTests
{
    private static readonly AIFunction Search = FakeTool.Of("search", (string query) => $"found {query}");

    private static TeamRuntime Runtime(params ScriptedReply[] replies) => TeamRuntime.ForAll(new NamedClient(new ScriptedChatClient(replies)));

    private static ChatResponse Reply(string text) => new(new ChatMessage(ChatRole.Assistant, text))
    {
        ModelId = "small-1-0613", ResponseId = "r-1", FinishReason = ChatFinishReason.Stop, Usage = new() { InputTokenCount = 12, OutputTokenCount = 3 },
    };

    [Fact]
    public async Task RunAsync_RoleWithATool_TellsSpansWithTheConventionsAttributesAlone()
    {
        using var listener = new Listener();
        await Teams.Article(Search).RunAsync(Teams.Secret, Runtime(ScriptedReply.CallTool("search", new { query = Teams.Secret }), Reply("rain")), new() { RunId = "run-1" });

        Assert.Equal(["chat small-1", "execute_tool search", "chat small-1", "invoke_agent writer", "invoke_workflow article"], listener.Spans.Select(s => s.DisplayName));
        foreach (var span in listener.Spans)
        {
            var operation = (string)span.GetTagItem("gen_ai.operation.name")!;
            var (required, known) = Conventions.Spans[operation];
            var names = span.TagObjects.Select(t => t.Key).ToList();
            Assert.Empty(required.Except(names));
            Assert.Empty(names.Where(n => !n.StartsWith("agentteams.", StringComparison.Ordinal)).Except(known));
            Assert.Equal(names.Count, names.Distinct().Count());
            Assert.Equal("run-1", span.GetTagItem("agentteams.run.id"));
            Assert.DoesNotContain(span.TagObjects, t => $"{t.Value}".Contains("secret", StringComparison.Ordinal));
        }

        var chat = listener.Spans[2];
        Assert.Equal(ActivityKind.Client, chat.Kind);
        Assert.Equal(("acme", "small-1", "small-1-0613", "r-1", 12L, 3L, 0.5f, 20, "models.example", 8443, "run-1"), (chat.GetTagItem("gen_ai.provider.name"), chat.GetTagItem("gen_ai.request.model"),
            chat.GetTagItem("gen_ai.response.model"), chat.GetTagItem("gen_ai.response.id"), chat.GetTagItem("gen_ai.usage.input_tokens"), chat.GetTagItem("gen_ai.usage.output_tokens"),
            chat.GetTagItem("gen_ai.request.temperature"), chat.GetTagItem("gen_ai.request.max_tokens"), chat.GetTagItem("server.address"), chat.GetTagItem("server.port"), chat.GetTagItem("gen_ai.conversation.id")));
        Assert.Equal(["stop"], (string[])chat.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.Equal("call-0-search", listener.Span("execute_tool search").GetTagItem("gen_ai.tool.call.id"));
        Assert.Equal((12L, "writer"), (listener.Span("invoke_agent writer").GetTagItem("gen_ai.usage.input_tokens"), listener.Span("invoke_agent writer").GetTagItem("agentteams.node.id")));
        Assert.Equal("completed", listener.Span("invoke_workflow article").GetTagItem("agentteams.run.status"));
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("started")]
    [InlineData("stopped")]
    [InlineData("measured")]
    public async Task RunAsync_ListenerThatThrows_CostsItsSpansAndNotTheRun(string where)
    {
        Exception Fault() => new InvalidOperationException("the exporter is broken");
        using var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WorkflowTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => where == "sample" ? throw Fault() : ActivitySamplingResult.AllData,
            ActivityStarted = _ => { if (where == "started") throw Fault(); },
            ActivityStopped = _ => { if (where == "stopped") throw Fault(); },
        };
        ActivitySource.AddActivityListener(spans);
        using var meters = new System.Diagnostics.Metrics.MeterListener { InstrumentPublished = (i, m) => { if (i.Meter.Name == WorkflowTelemetry.MeterName && where == "measured") m.EnableMeasurementEvents(i); } };
        meters.SetMeasurementEventCallback<double>((_, _, _, _) => throw Fault());
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => throw Fault());
        meters.Start();
        using var outer = new Activity("outer").Start();

        Assert.Equal("rain", await Teams.Article(Search).RunAsync("rain", Runtime(ScriptedReply.CallTool("search", new { query = "rain" }), Reply("rain"))));
        Assert.Same(outer, Activity.Current);
    }

    [Fact]
    public async Task RunAsync_RolesSideBySide_AreInOneTraceEachCallBelowItsRole()
    {
        using var listener = new Listener();
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        var client = new ScriptedChatClient(async call =>
        {
            if (Interlocked.Increment(ref asked) == 2) both.SetResult();
            await both.Task;
            return "fine";
        });
        await Teams.Review().RunAsync(new(Teams.Secret), TeamRuntime.ForAll(client));

        var run = listener.Span("invoke_workflow review");
        Assert.Single(listener.Spans.Select(s => s.TraceId).Distinct());
        foreach (var role in (string[])["facts", "style"])
        {
            var agent = listener.Span("invoke_agent " + role);
            Assert.Equal(run.SpanId, agent.ParentSpanId);
            Assert.Single(listener.Spans, s => s.DisplayName == "chat" && s.ParentSpanId == agent.SpanId);
        }
    }

    [Fact]
    public async Task RunAsync_WorkflowInside_HasASpanBelowTheRun()
    {
        using var listener = new Listener();
        var wf = Workflow.CreateBuilder<Draft>("outer");
        wf.Start(wf.AddWorkflow(Teams.Article(), s => s.Topic, (s, text) => s with { Text = text }));
        await wf.Build().RunAsync(new("rain"), Runtime(Reply("wet")));
        Assert.Equal(listener.Span("invoke_workflow outer").SpanId, listener.Span("invoke_workflow article").ParentSpanId);
        Assert.Equal(listener.Span("invoke_workflow article").SpanId, listener.Span("invoke_agent writer").ParentSpanId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ResumeAsync_RunThatWaited_StartsATraceThatIsLinkedToTheEarlier(bool inStore)
    {
        var letter = Teams.Letter().Definition;
        WorkflowRunOptions options = inStore ? new() { Checkpoints = new InMemoryCheckpointStore(), RunId = "letter-1" } : new();
        using var listener = new Listener();
        var waiting = await letter.RunAsync(new("rain"), Runtime(Reply("wet")), options);
        if (inStore)
        {
            await letter.AnswerAsync(options.Checkpoints!, "letter-1", "approve", new Verdict(true));
            await letter.ResumeAsync(Runtime("never asked"), options);
        }
        else await letter.ResumeAsync(await letter.AnswerAsync(waiting.Run, "approve", new Verdict(true)), Runtime("never asked"), options);

        var runs = listener.Spans.Where(s => s.DisplayName == "invoke_workflow letter").ToList();
        Assert.Equal(["waiting", "completed"], runs.Select(r => (string)r.GetTagItem("agentteams.run.status")!));
        Assert.NotEqual(runs[0].TraceId, runs[1].TraceId);
        Assert.Empty(runs[0].Links);
        Assert.Equal((runs[0].TraceId, runs[0].SpanId), Assert.Single(runs[1].Links.Select(l => (l.Context.TraceId, l.Context.SpanId))));
        Assert.Single(listener.Spans, s => s.DisplayName == "invoke_agent writer");
    }

    [Fact]
    public async Task RunAsync_StoreOfAForkThatIsStartedAgain_GoesOnWhetherOrNotSomebodyListens()
    {
        var article = Teams.Article().Definition;
        var run = (await article.RunAsync(new("rain"), Runtime(Reply("wet")))).Run;
        var fork = await article.ForkAsync(run, "writer", s => s with { Text = "dry " });
        var options = new WorkflowRunOptions { Checkpoints = new InMemoryCheckpointStore(), RunId = "fork" };
        using (new Listener()) Assert.Equal("dry", (await article.ResumeAsync(fork, Runtime("never asked"), options)).State.Text);
        Assert.Equal("dry", (await article.ResumeAsync(fork, Runtime("never asked"), options)).State.Text);
    }

    [Fact]
    public async Task RunAsync_WithSensitiveData_TellsWhatWasSaidInTheConventionsForm()
    {
        using var listener = new Listener();
        await Teams.Article(Search).RunAsync("rain", Runtime(ScriptedReply.CallTool("search", new { query = "wet" }), Reply("It rains.")), new() { EnableSensitiveData = true });
        var chat = listener.Spans[2];
        var input = (string)chat.GetTagItem("gen_ai.input.messages")!;
        Assert.Contains("""{"role":"user","parts":[{"type":"text","content":"rain"}]}""", input, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool_call","id":"call-0-search","name":"search","arguments":{"query":"wet"}}""", input, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool_call_response","id":"call-0-search","response":"found wet"}""", input, StringComparison.Ordinal);
        Assert.Equal("""[{"role":"assistant","parts":[{"type":"text","content":"It rains."}],"finish_reason":"stop"}]""", chat.GetTagItem("gen_ai.output.messages"));
        Assert.Equal(("""{"query":"wet"}""", "\"found wet\""), (listener.Span("execute_tool search").GetTagItem("gen_ai.tool.call.arguments"), listener.Span("execute_tool search").GetTagItem("gen_ai.tool.call.result")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ModelThatFails_TellsTheKindOfErrorAndItsMessageOnlyWhereAsked(bool sensitive)
    {
        using var listener = new Listener();
        var failing = Runtime(ScriptedReply.Fail(new HttpRequestException("refused " + Teams.Secret)));
        await Assert.ThrowsAsync<WorkflowNodeException>(() => Teams.Article().RunAsync("rain", failing, new() { EnableSensitiveData = sensitive }));
        Assert.Equal(3, listener.Spans.Count);
        Assert.All(listener.Spans, s => Assert.Equal(ActivityStatusCode.Error, s.Status));
        Assert.Equal(sensitive ? 3 : 0, listener.Spans.Count(s => s.StatusDescription?.Contains(Teams.Secret, StringComparison.Ordinal) == true));
        Assert.Equal(["System.Net.Http.HttpRequestException", "System.Net.Http.HttpRequestException", "AgentTeams.Workflows.WorkflowNodeException"], listener.Spans.Select(s => s.GetTagItem("error.type")));
        Assert.Equal("failed", listener.Spans[2].GetTagItem("agentteams.run.status"));
    }

    [Fact]
    public async Task RunAsync_ToolThatFails_FailsItsSpanAndNotTheRun()
    {
        using var listener = new Listener();
        var failing = FakeTool.Failing("search", new InvalidOperationException(Teams.Secret));
        await Teams.Article(failing).RunAsync("rain", Runtime(ScriptedReply.CallTool("search"), Reply("wet")));
        Assert.Equal("System.InvalidOperationException", listener.Span("execute_tool search").GetTagItem("error.type"));
        Assert.Null(listener.Span("execute_tool search").StatusDescription);
        Assert.Equal(ActivityStatusCode.Unset, listener.Span("invoke_workflow article").Status);
    }

    [Fact]
    public async Task RunAsync_ClientWithUseOpenTelemetry_TellsItsCallsItselfBelowTheRole()
    {
        const string Own = "Experimental.Microsoft.Extensions.AI";
        using var listener = new Listener(Own);
        using var client = new NamedClient(new ScriptedChatClient(Reply("wet"))).AsBuilder().UseOpenTelemetry().Build();
        await Teams.Article().RunAsync("rain", TeamRuntime.ForAll(client));
        var chat = listener.Span("chat small-1");
        Assert.Equal(Own, chat.Source.Name);
        Assert.Equal(listener.Span("invoke_agent writer").SpanId, chat.ParentSpanId);
        Assert.Equal([12d, 3d], listener.Metric("gen_ai.client.token.usage").Select(m => m.Sum).Order().Reverse());
        Assert.Equal(12L, listener.Span("invoke_agent writer").GetTagItem("gen_ai.usage.input_tokens"));
    }

    [Fact]
    public async Task RunAsync_WithAMeterListener_MeasuresRunsRolesCallsAndTools()
    {
        var clock = new TestClock();
        using var listener = new Listener();
        var client = new NamedClient(new ScriptedChatClient(call =>
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            return call.Index == 0 ? ScriptedReply.CallTool("search", new { query = "wet" }) : Reply("wet");
        }));
        await Teams.Article(Search).RunAsync("rain", TeamRuntime.ForAll(client), new() { TimeProvider = clock });
        const string Model = "gen_ai.provider.name=acme gen_ai.request.model=small-1";
        Assert.Equal([("gen_ai.workflow.name=article", 4d, 1L)], listener.Metric("gen_ai.workflow.duration"));
        Assert.Equal([("gen_ai.agent.name=writer gen_ai.request.model=small-1", 4d, 1L)], listener.Metric("gen_ai.invoke_agent.duration"));
        Assert.Equal([("gen_ai.agent.name=writer gen_ai.tool.name=search gen_ai.tool.type=function", 0d, 1L)], listener.Metric("gen_ai.execute_tool.duration"));
        Assert.Equal([$"gen_ai.operation.name=chat {Model} gen_ai.response.model=small-1-0613 server.address=models.example server.port=8443", $"gen_ai.operation.name=chat {Model} server.address=models.example server.port=8443"],
            listener.Metric("gen_ai.client.operation.duration").Select(m => m.Tags).Order(StringComparer.Ordinal));
        Assert.Equal([$"gen_ai.operation.name=chat {Model} gen_ai.response.model=small-1-0613 gen_ai.token.type=input server.address=models.example server.port=8443 12", $"gen_ai.operation.name=chat {Model} gen_ai.response.model=small-1-0613 gen_ai.token.type=output server.address=models.example server.port=8443 3"],
            listener.Metric("gen_ai.client.token.usage").Select(m => $"{m.Tags} {m.Sum}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RecordAsync_WithAndWithoutListeners_RecordsTheSame()
    {
        var without = await Teams.Article(Search).Definition.RecordAsync(new("rain"), Runtime(ScriptedReply.CallTool("search", new { query = "wet" }), Reply("wet")), new() { TimeProvider = new TestClock() });
        using var listener = new Listener();
        var with = await Teams.Article(Search).Definition.RecordAsync(new("rain"), Runtime(ScriptedReply.CallTool("search", new { query = "wet" }), Reply("wet")), new() { TimeProvider = new TestClock() });
        Assert.Equal(TrajectoryJson.Serialize(without.Trajectory), TrajectoryJson.Serialize(with.Trajectory));
    }
}
