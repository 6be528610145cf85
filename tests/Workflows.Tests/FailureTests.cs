using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class FailureTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_Cancelled_ReachesTheModelCall()
    {
        using var cancel = new CancellationTokenSource();
        var seen = new TaskCompletionSource();
        using var client = new ScriptedChatClient(async call =>
        {
            var never = new TaskCompletionSource<ScriptedReply>();
            await using var _ = call.CancellationToken.Register(() => { seen.SetResult(); never.SetCanceled(call.CancellationToken); });
            await cancel.CancelAsync();
            return await never.Task;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Helpers.OneRole(Helpers.Role("solo")).RunAsync(new(), Helpers.Runtime(client), null, cancel.Token));
        await seen.Task;
    }

    [Fact]
    public async Task StreamAsync_CancelledWhileTheModelIgnoresIt_EndsAndRecordsTheCall()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new ScriptedChatClient(async _ =>
        {
            await cancel.CancelAsync();
            return await new TaskCompletionSource<ScriptedReply>().Task;
        });

        var events = await Helpers.OneRole(Helpers.Role("solo")).StreamAsync(new(), Helpers.Runtime(client), null, cancel.Token).ReadAsync();

        Assert.IsType<WorkflowCancelled>(events[^1]);
        Assert.Equal("TaskCanceledException", Assert.Single(events.Nodes()).Error?.Type);
    }

    [Fact]
    public async Task RunAsync_ClientAnswersCancellationWithItsOwnError_IsStillCancelled()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new ScriptedChatClient(async _ =>
        {
            await cancel.CancelAsync();
            throw new HttpRequestException("aborted");
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Helpers.OneRole(Helpers.Role("solo")).RunAsync(new(), Helpers.Runtime(client), null, cancel.Token));
    }

    [Fact]
    public async Task RunAsync_TransportFailsOnce_RetriesWithTheSameSeed()
    {
        using var client = new ScriptedChatClient(call => call.Index == 0
            ? ScriptedReply.Fail(new HttpRequestException("reset"))
            : ScriptedReply.Say("ok"));
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero });

        var events = await workflow.StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        Assert.Equal("ok", Assert.IsType<WorkflowCompleted<Counter>>(events[^1]).State.Log);
        var node = Assert.Single(events.Nodes());
        Assert.Equal(("solo", null), (node.Id, node.Error));
        Assert.Equal(new NodeError("HttpRequestException", "reset"), Assert.Single(node.Tries).Error);
        Assert.Equal("reset", Assert.Single(events.OfType<NodeRetrying>()).Error.Message);
        Assert.Single(client.Calls.Select(c => c.Options.Seed).Distinct());
    }

    [Fact]
    public async Task RunAsync_ClientTimesOutByItself_RetriesAndReportsTheClientsTimeout()
    {
        using var client = new ScriptedChatClient(call => call.Index == 0
            ? ScriptedReply.Fail(new TaskCanceledException("The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing."))
            : ScriptedReply.Say("ok"));
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 3, RetryDelay = TimeSpan.Zero, Timeout = TimeSpan.FromHours(1) });

        var events = await workflow.StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        Assert.Equal("ok", Assert.IsType<WorkflowCompleted<Counter>>(events[^1]).State.Log);
        Assert.Equal(2, client.Calls.Count);
        var error = Assert.Single(events.OfType<NodeRetrying>()).Error;
        Assert.Equal("TaskCanceledException", error.Type);
        Assert.Contains("HttpClient.Timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ToolTimesOutByItself_Retries()
    {
        var calls = 0;
        var slow = Helpers.Tool("slow", () => ++calls == 1 ? throw new TaskCanceledException("gave up") : "done");
        var wf = Workflow.CreateBuilder<Counter>("tool");
        wf.Start(wf.AddTool(slow, _ => new { }, (s, r) => s.Add(r.Text), new() { MaxCallRetries = 3, RetryDelay = TimeSpan.Zero }));

        Assert.Equal("done", (await wf.Build().RunAsync(new(), Helpers.NoModel)).State.Log);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task RunAsync_FunctionTimesOutByItself_Retries()
    {
        var calls = 0;
        var wf = Workflow.CreateBuilder<Counter>("function");
        wf.Start(wf.AddFunction("slow", s => ++calls == 1 ? throw new OperationCanceledException("gave up") : s.Add("done"), new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero }));

        Assert.Equal("done", (await wf.Build().RunAsync(new(), Helpers.NoModel)).State.Log);
    }

    [Fact]
    public async Task RunAsync_ClientKeepsTimingOutByItself_FailsWithTheClientsError()
    {
        using var client = new ScriptedChatClient(_ => ScriptedReply.Fail(new Polly.Timeout.TimeoutRejectedException("the client's own", TimeSpan.FromSeconds(7))));

        var e = await Assert.ThrowsAsync<WorkflowNodeException>(() => Helpers.OneRole(Helpers.Role("solo")).RunAsync(new(), Helpers.Runtime(client)));

        Assert.IsType<Polly.Timeout.TimeoutRejectedException>(e.InnerException);
        Assert.Contains("the client's own", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NodeTimesOutAndTheClientAnswersWithItsOwnError_SaysSo()
    {
        var clock = new TestClock();
        using var client = new ScriptedChatClient(async call =>
        {
            var aborted = new TaskCompletionSource<ScriptedReply>();
            await using var _ = call.CancellationToken.Register(() => aborted.SetException(new HttpRequestException("aborted")));
            clock.Advance(TimeSpan.FromSeconds(5));
            return await aborted.Task;
        });
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { Timeout = TimeSpan.FromSeconds(5) });

        var e = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(client), new() { TimeProvider = clock }));

        Assert.Contains("longer than 00:00:05", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_CallerCancelsWhileRetrying_IsNotRetried()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new ScriptedChatClient(async _ =>
        {
            await cancel.CancelAsync();
            throw new TaskCanceledException();
        });
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 3, RetryDelay = TimeSpan.Zero });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => workflow.RunAsync(new(), Helpers.Runtime(client), null, cancel.Token));
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task RunAsync_RetriesUsedUp_NamesTheNodeAndKeepsTheCause()
    {
        using var client = new ScriptedChatClient(_ => ScriptedReply.Fail(new HttpRequestException("down")));
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 2, RetryDelay = TimeSpan.Zero });

        var e = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(client)));

        Assert.Equal("solo", e.NodeId);
        Assert.IsType<HttpRequestException>(e.InnerException);
        Assert.Equal(3, client.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_ManyRetries_NoneWaitsLongerThanAMinute()
    {
        var clock = new TestClock();
        var failed = Channel.CreateUnbounded<int>();
        using var client = new ScriptedChatClient(_ => failed.Writer.TryWrite(clock.TimersSet) ? ScriptedReply.Fail(new IOException("gone")) : "never");
        var running = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 20, RetryDelay = TimeSpan.FromSeconds(1) }).RunAsync(new(), Helpers.Runtime(client), new() { TimeProvider = clock });
        for (var retry = 1; retry <= 20; retry++)
        {
            var timers = await failed.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
            await clock.TimersAsync(timers + 1).WaitAsync(s_patience);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        await Assert.ThrowsAsync<WorkflowNodeException>(() => running);
        Assert.Equal(21, client.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_TriesFail_AreHeldByTheCallWithTheirTimes()
    {
        var clock = new TestClock();
        using var client = new ScriptedChatClient(call =>
        {
            clock.Advance(TimeSpan.FromSeconds(1 + call.Index));
            return ScriptedReply.Fail(new HttpRequestException($"down {call.Index}"));
        });
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { MaxCallRetries = 2, RetryDelay = TimeSpan.Zero });

        var events = await workflow.StreamAsync(new(), Helpers.Runtime(client), new() { TimeProvider = clock }).ReadAsync();

        var node = Assert.Single(events.Nodes());
        Assert.Equal("down 2", node.Error?.Message);
        Assert.Equal(["down 0", "down 1"], node.Tries.Select(t => t.Error.Message));
        Assert.Equal([1, 2], node.Tries.Select(t => t.Duration.TotalSeconds));
        Assert.Equal(DateTimeOffset.UnixEpoch, node.Tries[0].Start);
        Assert.Equal(TimeSpan.FromSeconds(3), node.Duration);
    }

    [Fact]
    public async Task RunAsync_ToolAndFunctionTriesFail_AreHeldByTheirNodes()
    {
        var calls = 0;
        var flaky = Helpers.Tool("flaky", () => ++calls == 1 ? throw new IOException("gone") : "back");
        var wf = Workflow.CreateBuilder<Counter>("tries");
        NodeOptions<Counter> options = new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero };
        var tool = wf.AddTool(flaky, _ => new { }, (s, r) => s.Add(r.Text), options);
        wf.Start(tool).Then(wf.AddFunction("again", s => ++calls == 3 ? throw new IOException("gone too") : s, options));

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal(["flaky gone", "again gone too"], result.Nodes.Select(n => $"{n.Id} {Assert.Single(n.Tries).Error.Message}"));
    }

    [Fact]
    public async Task RunAsync_ClientsLoopIsTriedAgain_ItsFirstCallHoldsTheTry()
    {
        using var model = new ScriptedChatClient(call => call.Index switch
        {
            0 => ScriptedReply.Fail(new HttpRequestException("reset")),
            1 => ScriptedReply.CallTool("double", new { x = 1 }),
            _ => ScriptedReply.Say("2"),
        });
        using var client = new FunctionInvokingChatClient(new RecordingChatClient(model));
        var workflow = Helpers.OneRole(Helpers.Role("solo", Helpers.Tool("double", (int x) => 2 * x)), new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero });

        var result = await workflow.RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(["solo/call-0 1", "solo/tool-0 0", "solo/call-1 0"], result.Nodes.Select(n => $"{n.Id} {n.Tries.Length}"));
    }

    [Fact]
    public async Task RunAsync_CallTakesTooLong_FailsByTheRunsClock()
    {
        var clock = new TestClock();
        using var client = new ScriptedChatClient(_ =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return new ValueTask<ScriptedReply>(new TaskCompletionSource<ScriptedReply>().Task);
        });
        var workflow = Helpers.OneRole(Helpers.Role("solo"), new() { Timeout = TimeSpan.FromSeconds(5) });

        var events = await workflow.StreamAsync(new(), Helpers.Runtime(client), new() { TimeProvider = clock }).ReadAsync();

        var e = Assert.IsType<WorkflowNodeException>(Assert.IsType<WorkflowFailed>(events[^1]).Exception);
        Assert.IsType<TimeoutException>(e.InnerException);
        var node = Assert.Single(events.Nodes());
        Assert.Equal("TimeoutException", node.Error?.Type);
        Assert.Equal(TimeSpan.FromSeconds(5), node.Duration);
    }

    [Fact]
    public async Task RunAsync_ErrorRoute_GoesOnWithTheNotedError()
    {
        var wf = Workflow.CreateBuilder<Counter>("routed");
        var mend = wf.AddFunction("mend", s => s.Add("!"));
        var fail = wf.AddFunction("fail", s => s.Value < 0 ? s : throw new InvalidOperationException("boom"), new() { OnError = new(mend, (s, e) => s.Add(e.Message)) });
        wf.Start(fail);
        wf.From(mend);

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel);

        Assert.Equal("boom!", result.State.Log);
        Assert.Equal("error", result.Nodes[0].Branch);
        Assert.Equal("boom", result.Nodes[0].Error?.Message);
        Assert.Equal(["fail"], result.Nodes[1].Parents.ToArray());
    }

    [Fact]
    public async Task RunAsync_UpdateThrows_RecordsTheCallWithTheError()
    {
        using var client = new ScriptedChatClient("reply");
        var wf = Workflow.CreateBuilder<Counter>("throws");
        wf.Start(wf.AddRole(Helpers.Role("solo"), _ => "?", (_, _) => throw new FormatException("bad reply")));

        var events = await wf.Build().StreamAsync(new(), Helpers.Runtime(client)).ReadAsync();

        var node = Assert.Single(events.Nodes());
        Assert.Equal("reply", node.Text);
        Assert.Equal("bad reply", node.Error?.Message);
    }

    [Fact]
    public async Task RunAsync_ToolThrows_FailsUnlessFailuresAreResults()
    {
        var broken = Helpers.Tool("broken", string () => throw new IOException("server died"));
        Workflow<Counter> Build(bool asResult)
        {
            var wf = Workflow.CreateBuilder<Counter>("tool");
            wf.Start(wf.AddTool(broken, _ => new { }, (s, r) => s.Add($"{r.IsError}: {r.Text}"), new() { ToolFailureAsResult = asResult }));
            return wf.Build();
        }

        await Assert.ThrowsAsync<WorkflowNodeException>(() => Build(false).RunAsync(new(), Helpers.NoModel));
        var result = await Build(true).RunAsync(new(), Helpers.NoModel);

        Assert.Equal("True: server died", result.State.Log);
        Assert.Equal("IOException", Assert.Single(result.Nodes).Error?.Type);
    }
}
