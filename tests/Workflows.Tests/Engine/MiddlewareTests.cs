using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class MiddlewareTests
{
    private static readonly Role Speaker = new() { Name = "speaker" };

    private static Workflow<Reviews> Ask() => Graphs.Build(wf => wf.AddRole(Speaker, s => s.Topic, (s, r) => s.Note(r.Text)));

    [Fact]
    public async Task RunAsync_MiddlewareThatChangesMessages_IsSentAndRecordedChanged()
    {
        var client = new ScriptedChatClient("fine");
        var redact = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Messages = [new(ChatRole.User, "[secret]")] }, token));

        var result = await Ask().RunAsync(new("password 1234"), Helpers.Runtime(client), new() { Middleware = [redact] });

        Assert.Equal("[secret]", client.Calls.Single().Messages.Single().Text);
        Assert.Equal("[secret]", result.Nodes.Single().Input.Single().Text);
    }

    [Fact]
    public async Task RunAsync_MiddlewareThatAnswersItself_AsksNoModel()
    {
        var cached = WorkflowMiddleware.OnModelCall((_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "from the cache"))));

        var result = await Ask().RunAsync(new("x"), TeamRuntime.ForAll(new ScriptedChatClient(ScriptedReply.Fail(new IOException()))), new() { Middleware = [cached] });

        Assert.Equal(["from the cache"], result.State.Notes);
    }

    [Fact]
    public async Task RunAsync_MiddlewareThatAnswersItselfBehindARedaction_LeavesOnlyTheRedactedInTheRecord()
    {
        var redact = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Messages = [new(ChatRole.User, "[secret]")] }, token));
        var cached = WorkflowMiddleware.OnModelCall((_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "from the cache"))));

        var result = await Ask().RunAsync(new("password 1234"), Helpers.Runtime(new ScriptedChatClient("not asked")), new() { Middleware = [redact, cached] });

        Assert.Equal("[secret]", result.Nodes.Single().Input.Single().Text);
    }

    [Fact]
    public async Task RunAsync_SeveralMiddlewares_AreAroundEachOtherInTheirOrder()
    {
        var log = new List<string>();
        WorkflowMiddleware Log(string name) => WorkflowMiddleware.OnVisit(async (visit, next, token) =>
        {
            log.Add($"{name}>{visit.NodeId}");
            await next(token);
            log.Add($"{name}<");
        });

        await Ask().RunAsync(new("x"), Helpers.Runtime(new ScriptedChatClient("a")), new() { Middleware = [Log("1"), Log("2")] });

        Assert.Equal(["1>speaker", "2>speaker", "2<", "1<"], log);
    }

    [Fact]
    public async Task RunAsync_MiddlewareThatForbidsATool_FailsTheCallAndTellsTheModel()
    {
        var forbid = WorkflowMiddleware.OnToolCall((call, next, token) => call.Tool.Name == "pay" ? throw new UnauthorizedAccessException("not allowed") : next(call, token));
        var client = new ScriptedChatClient(call => call.Index == 0 ? ScriptedReply.CallTool("pay") : ScriptedReply.Say(call.Messages[^1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString()!));
        var workflow = Graphs.Build(wf => wf.AddRole(Speaker with { Tools = [AIFunctionFactory.Create(() => "paid", "pay")] }, s => s.Topic, (s, r) => s.Note(r.Text)));

        var result = await workflow.RunAsync(new("x"), Helpers.Runtime(client), new() { Middleware = [forbid] });

        Assert.Equal(["Error: not allowed"], result.State.Notes);
    }

    [Fact]
    public async Task RunAsync_MiddlewareThatMasksArguments_IsRecordedMasked()
    {
        var mask = WorkflowMiddleware.OnToolCall((call, next, token) => next(call with { Arguments = new Dictionary<string, object?> { ["card"] = "****" } }, token));
        var workflow = Graphs.Build(wf => wf.AddTool(AIFunctionFactory.Create((string card) => card, "pay"), s => new { card = s.Topic }, (s, r) => s.Note(r.Text)));

        var result = await workflow.RunAsync(new("1234"), Helpers.NoModel, new() { Middleware = [mask] });

        Assert.Equal(["****"], result.State.Notes);
        Assert.Equal("****", result.Nodes.Single().Arguments?.GetProperty("card").GetString());
    }

    [Fact]
    public async Task RunAsync_MiddlewareAroundTheRun_SeesItsFailureAndMayReplaceIt()
    {
        var seen = new List<string>();
        var watch = WorkflowMiddleware.OnRun(async (run, next, token) =>
        {
            try
            {
                await next(token);
            }
            catch (WorkflowNodeException e)
            {
                seen.Add($"{run.WorkflowName}: {e.NodeId}");
                throw;
            }
        });
        var workflow = Graphs.Build(wf => wf.AddFunction("bad", s => throw new InvalidOperationException("no")));

        await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel, new() { Middleware = [watch] }));

        Assert.Equal(["reviews: bad"], seen);
    }

    [Fact]
    public async Task RunAsync_MiddlewareThatNeitherVisitsNorThrows_FailsTheNode()
    {
        var lazy = WorkflowMiddleware.OnVisit((_, _, _) => Task.CompletedTask);

        Assert.Contains("next", (await Assert.ThrowsAsync<WorkflowNodeException>(() => Ask().RunAsync(new("x"), Helpers.NoModel, new() { Middleware = [lazy] }))).Message, StringComparison.Ordinal);
    }
}
