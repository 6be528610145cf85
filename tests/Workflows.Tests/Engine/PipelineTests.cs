using Microsoft.Extensions.AI;
using Polly;
using Polly.CircuitBreaker;
using Polly.Hedging;

namespace AgentTeams.Tests;

public sealed class PipelineTests
{
    private static readonly Role Speaker = new() { Name = "speaker" };

    private static Workflow<Reviews> Branches(int count) => Graphs.Build(wf => wf.AddParallel("all", p =>
    {
        for (var i = 0; i < count; i++) p.Branch(wf.AddRole(Speaker, s => "q", (s, r) => s.Note(r.Text), options: new() { Name = $"n{i}" }));
    }));

    [Fact]
    public async Task WithPipeline_ConcurrencyLimiter_HoldsOverAllBranchesAndRuns()
    {
        var (now, most) = (0, 0);
        var client = new ScriptedChatClient(async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return ScriptedReply.Say("ok");
        });
        var limited = client.WithPipeline(new ResiliencePipelineBuilder<ChatResponse>().AddConcurrencyLimiter(permitLimit: 1, queueLimit: 1000).Build());

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Branches(10).RunAsync(new(), TeamRuntime.ForAll(limited))));

        Assert.Equal(100, client.Calls.Count);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task WithPipeline_Hedging_TakesTheAnswerThatComesFirstAndStopsTheOther()
    {
        var stopped = new TaskCompletionSource();
        var client = new ScriptedChatClient(async call =>
        {
            if (call.Index > 0) return ScriptedReply.Say("second");
            call.CancellationToken.Register(() => stopped.TrySetResult());
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return ScriptedReply.Say("first");
        });
        var hedged = client.WithPipeline(new ResiliencePipelineBuilder<ChatResponse>().AddHedging(new HedgingStrategyOptions<ChatResponse> { Delay = TimeSpan.Zero, MaxHedgedAttempts = 1 }).Build());

        var result = await Branches(1).RunAsync(new(), TeamRuntime.ForAll(hedged));

        Assert.Equal(["second"], result.State.Notes);
        await stopped.Task;
    }

    [Fact]
    public async Task WithPipeline_Stream_PassesItsUpdatesOn()
    {
        var client = new ScriptedChatClient("one two three").WithPipeline(ResiliencePipeline<ChatResponse>.Empty);

        var events = await Branches(1).StreamAsync(new(), TeamRuntime.ForAll(client), new() { StreamReplies = true }).ReadAsync();

        Assert.Equal(["one", " two", " three"], events.OfType<ReplyDelta>().Select(d => d.Update.Text).Where(t => t.Length > 0));
    }

    [Fact]
    public async Task WithPipeline_ToolWithACircuitBreaker_IsSparedOnceItIsBroken()
    {
        var calls = 0;
        var broken = AIFunctionFactory.Create(string () => throw new IOException($"down {++calls}"), "broken").WithPipeline(new ResiliencePipelineBuilder<object?>()
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<object?> { MinimumThroughput = 2, FailureRatio = 0.5, ShouldHandle = new PredicateBuilder<object?>().Handle<IOException>() }).Build());
        var workflow = Graphs.Build(wf => wf.AddLoop("loop", wf.AddTool(broken, s => new { }, (s, r) => s.Note(r.Text), new() { ToolFailureAsResult = true }), s => s.Notes.Count == 5));

        var notes = (await workflow.RunAsync(new(), Helpers.NoModel)).State.Notes;

        Assert.Equal(["down 1", "down 2"], notes.Take(2));
        Assert.Equal(2, calls);
        Assert.All(notes.Skip(2), n => Assert.Contains("circuit", n, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CreateBuilder_Defaults_HoldForNodesThatDoNotSay()
    {
        var calls = new Dictionary<string, int>();
        Reviews Fail(string name, Reviews s)
        {
            calls[name] = calls.GetValueOrDefault(name) + 1;
            throw new IOException("down");
        }

        foreach (var (name, options, expected) in new (string, NodeOptions<Reviews>?, int)[] { ("default", null, 3), ("own", new() { MaxCallRetries = 0 }, 1), ("pipeline", new() { Pipeline = ResiliencePipeline.Empty }, 1) })
        {
            var wf = Workflow.CreateBuilder<Reviews>("w", new() { MaxCallRetries = 2, RetryDelay = TimeSpan.Zero });
            wf.Start(wf.AddFunction(name, s => Fail(name, s), options));
            await Assert.ThrowsAsync<WorkflowNodeException>(() => wf.Build().RunAsync(new(), Helpers.NoModel));
            Assert.Equal(expected, calls[name]);
        }
    }

    [Fact]
    public void CreateBuilder_DefaultOutOfRange_IsRefused() =>
        Assert.Contains("MaxAnswers", Assert.Throws<AgentTeamsException>(() => Workflow.CreateBuilder<Reviews>("w", new() { MaxAnswers = 0 })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task TellRejections_RoleThatAnswersWrong_IsToldWhy()
    {
        var client = new ScriptedChatClient("bad", "good");
        var workflow = Graphs.Build(wf => wf.AddRole(Speaker, s => "q", (s, r) => s.Note(r.Text), (_, r) => r.Text == "good" ? null : "too short", new() { TellRejections = true }));

        Assert.Equal(["good"], (await workflow.RunAsync(new(), Helpers.Runtime(client))).State.Notes);
        Assert.Equal(["q", "bad", "That answer is not valid: too short Answer again."], client.Calls[^1].Messages.Select(m => m.Text));
    }

    [Fact]
    public async Task Report_ToolThatTellsItsProgress_IsAnEvent()
    {
        var tool = AIFunctionFactory.Create((AIFunctionArguments arguments) =>
        {
            ToolCallContext.Of(arguments)!.Report("half", 0.5);
            return "done";
        }, "slow");
        var workflow = Graphs.Build(wf => wf.AddTool(tool, s => new { }, (s, r) => s.Note(r.Text)));

        var progress = (await workflow.StreamAsync(new(), Helpers.NoModel).ReadAsync()).OfType<ToolProgress>().Single();

        Assert.Equal(("slow", "half", 0.5), (progress.CallId, progress.Message, progress.Fraction));
    }
}
