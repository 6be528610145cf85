using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>Runs that went a long way: stopped behind failures that they got over, forked again, with values that are easily lost.</summary>
public sealed class LongWayTests
{
    private static readonly Role Writer = new() { Name = "writer" };
    private int _calls;

    private TeamRuntime Counting(params string[] failing) => Helpers.Runtime(new ScriptedChatClient(call =>
    {
        Interlocked.Increment(ref _calls);
        var asked = call.Messages[^1].Text;
        return failing.Contains(asked) ? throw new IOException($"no {asked}") : ScriptedReply.Say($"<{asked}>");
    }));

    private static BoundWorkflow<string, string> Asking()
    {
        var wf = Workflow.CreateBuilder<Reviews>("item");
        wf.Start(wf.AddRole(Writer, s => s.Topic, (s, r) => s with { Text = r.Text }))
            .Then(wf.AddHuman<string, string>("ask", s => s.Topic, (s, a) => s with { Text = s.Text + a }));
        return wf.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
    }

    [Fact]
    public async Task ResumeAsync_MapThatSkippedAnItemAndWaits_SkipsItAgainWithoutMakingIt()
    {
        var workflow = Graphs.Build(wf => wf.AddMap("each", s => s.Topic.Split(' '), Asking(), (s, all) => s.Note(string.Join(',', all)), new() { SkipFailed = true }));
        var waiting = await workflow.RunAsync(new("a bad c"), Counting("bad"));
        Assert.Equal(3, _calls);

        var run = RunState.FromRecords<Reviews>(waiting.Run.ToRecords());
        foreach (var request in waiting.Requests) run = await workflow.AnswerAsync(run, request.Id, "!");
        var result = await workflow.ResumeAsync(run, Counting());

        Assert.Equal(["<a>!,<c>!"], result.State.Notes);
        Assert.Equal(3, _calls);
        var replayed = await workflow.ReplayAsync(result.Run);
        Assert.Equal(result.Nodes.Select(n => (n.Id, n.Step, n.Error?.Message)), replayed.Nodes.Select(n => (n.Id, n.Step, n.Error?.Message)));
    }

    [Fact]
    public async Task RunAsync_CodeThatCaughtTheFailureOfItsLastStep_EndsAgainAsItDid()
    {
        var store = new ListStore();
        var workflow = Workflow.FromDelegate<string, string>("careful", async (steps, topic, _) =>
        {
            try
            {
                return (await steps.AskAsync(Writer, topic)).Text;
            }
            catch (WorkflowNodeException e)
            {
                return $"{e.NodeId} failed";
            }
        });
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run" };

        Assert.Equal("writer failed", await workflow.RunAsync("x", Counting("x"), options));
        Assert.Equal("writer failed", await workflow.RunAsync("x", Counting(), options));
        Assert.Equal(1, _calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ResumeAsync_CodeThatCaughtTheFailureOfWhatIsInside_MakesNoneOfItAgain(bool isParallel)
    {
        var inner = Workflow.CreateBuilder<Reviews>("inner");
        inner.Start(inner.AddRole(Writer, s => s.Topic, (s, r) => s with { Text = r.Text })).Then(inner.AddRole(new() { Name = "second" }, _ => "bad", (s, r) => s));
        var bound = inner.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
        var workflow = Workflow.FromDelegate<string, string>("careful", async (steps, topic, _) =>
        {
            string said;
            try
            {
                said = isParallel
                    ? string.Join(',', await steps.ParallelAsync<string>(
                        async one => (await one.AskAsync(Writer, topic)).Text + (await one.AskAsync(new() { Name = "second" }, "bad")).Text))
                    : await steps.RunAsync(bound, topic);
            }
            catch (WorkflowNodeException e)
            {
                said = $"{e.NodeId}: {e.InnerException!.Message}";
            }

            return said + await steps.RequestAsync<string, string>("ask", topic);
        });
        var waiting = await workflow.Definition.RunAsync(new("x"), Counting("bad"));
        var id = isParallel ? "parallel[0]/second" : "inner/second";

        var answered = await workflow.Definition.AnswerAsync(RunState.FromRecords<DelegateState<string, string>>(waiting.Run.ToRecords()), "ask", "!");
        var result = await workflow.Definition.ResumeAsync(answered, Counting());

        Assert.Equal($"{id}: no bad!", result.State.Output);
        Assert.Equal(2, _calls);
        Assert.Contains(id, result.Nodes.Select(n => n.Id));
    }

    [Fact]
    public async Task RunAsync_BranchThatAskedAndLost_IsNotWaitedFor()
    {
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.AddParallel("race", p => p.Join(Join.Any).Branch(wf.AddHuman<string, string>("early", s => s.Topic, (s, a) => s.Note(a))).Branch(wf.Note("fast")));
            wf.From(first).Then(wf.AddHuman<string, string>("late", s => s.Topic, (s, a) => s.Note(a)));
            return first;
        });

        var waiting = await workflow.RunAsync(new("x"), Helpers.NoModel);

        Assert.Equal(["late"], waiting.Requests.Select(r => r.Id));
        Assert.Equal(["late"], waiting.Run.Requests.Select(r => r.Id));
        await Assert.ThrowsAsync<AgentTeamsException>(() => workflow.AnswerAsync(waiting.Run, "early", "!"));
    }

    [Fact]
    public async Task ForkAsync_OfAForkAtTheSameVisit_KeepsBothEdits()
    {
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.Note("first");
            wf.From(first).Then(wf.Note("last"));
            return first;
        });
        var run = (await workflow.RunAsync(new("x"), Helpers.NoModel)).Run;

        var once = await workflow.ForkAsync(run, "first", s => s with { Topic = "y" });
        var twice = await workflow.ForkAsync(once, "first", s => s with { Text = $"after {s.Topic}" });
        var result = await workflow.ResumeAsync(RunState.FromRecords<Reviews>(twice.ToRecords()), Helpers.NoModel);

        Assert.Equal(("y", "after y"), (result.State.Topic, result.State.Text));
    }

    private sealed record Optional(string? Note = "none yet", int Round = 0)
    {
        public ImmutableDictionary<string, int> Counts { get; init; } = ImmutableDictionary<string, int>.Empty;
    }

    private static ImmutableDictionary<string, int> Count(params (string Name, int Value)[] counts) => counts.ToImmutableDictionary(c => c.Name, c => c.Value);

    private static Workflow<Optional> Keeping()
    {
        var wf = Workflow.CreateBuilder<Optional>("optional");
        var look = wf.AddFunction<Optional>("look", (s, _) => new(s with { Round = 1 }), (_, seen) => seen);
        wf.Start(look).Then(wf.AddHuman<string, string>("ask", _ => "?", (s, a) => s with { Round = s.Round + a.Length }));
        return wf.Build();
    }

    [Fact]
    public async Task ResumeAsync_NullWhoseDefaultIsAnother_StaysNull()
    {
        var workflow = Keeping();
        var waiting = await workflow.RunAsync(new(Note: null), Helpers.NoModel);

        var run = RunState.FromRecords<Optional>(waiting.Run.ToRecords());
        var result = await workflow.ResumeAsync(await workflow.AnswerAsync(run, "ask", "!"), Helpers.NoModel);

        Assert.Null(run.Initial.Note);
        Assert.Null(result.State.Note);
        Assert.Equal(2, result.State.Round);
    }

    [Fact]
    public async Task ForkAsync_EditToNullAndOfADictionary_IsWhatFollowsGoesOnFrom()
    {
        var workflow = Keeping();
        var start = new Optional("some") { Counts = Count(("a", 1), ("b", 2)) };
        var waiting = await workflow.RunAsync(start, Helpers.NoModel);

        var fork = await workflow.ForkAsync(waiting.Run, "look", s => s with { Note = null, Counts = Count(("b", 3)) });
        var resumed = await workflow.ResumeAsync(await workflow.AnswerAsync(RunState.FromRecords<Optional>(fork.ToRecords()), "ask", "!"), Helpers.NoModel);

        Assert.Null(resumed.State.Note);
        Assert.Equal([new("b", 3)], resumed.State.Counts);
    }

    [Fact]
    public async Task ForkAsync_StateThatIsADictionary_LosesWhatTheEditTookAway()
    {
        var wf = Workflow.CreateBuilder<ImmutableDictionary<string, int>>("dictionary");
        wf.Start(wf.AddFunction("first", s => s)).Then(wf.AddFunction("last", s => s));
        var workflow = wf.Build();
        var run = (await workflow.RunAsync(Count(("a", 1), ("b", 2)), Helpers.NoModel)).Run;

        var fork = await workflow.ForkAsync(run, "first", s => Count(("b", s["b"]), ("c", 3)));

        Assert.Equal(["b", "c"], (await workflow.ResumeAsync(fork, Helpers.NoModel)).State.Keys.Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReplayAsync_BehindAFailureThatWasGotOver_HasTheSameStepsAndParents(bool isMap)
    {
        var inner = Workflow.CreateBuilder<Reviews>("item");
        inner.Start(inner.Note("one")).Then(inner.Note("two")).Then(inner.AddFunction("three", s => s.Topic == "bad" ? throw new IOException("no") : s)).Then(inner.Note("four"));
        var bound = inner.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
        var workflow = Graphs.Build(wf =>
        {
            var last = wf.Note("last");
            var over = isMap
                ? wf.AddMap("over", _ => ["good", "bad"], bound, (s, _) => s, new() { SkipFailed = true })
                : wf.AddWorkflow(bound, _ => "bad", (s, _) => s, new() { Name = "over", OnError = new(last, (s, _) => s) });
            if (isMap) wf.From(over).Then(last);
            else wf.From(last);
            return over;
        });
        var first = await workflow.RunAsync(new(), Helpers.NoModel);

        var replayed = await workflow.ReplayAsync(RunState.FromRecords<Reviews>(first.Run.ToRecords()));

        Assert.Equal(first.Nodes.Select(n => (n.Id, n.Step, n.Turn, string.Join(',', n.Parents))), replayed.Nodes.Select(n => (n.Id, n.Step, n.Turn, string.Join(',', n.Parents))));
    }

    private sealed class Shouting : WorkflowMiddleware
    {
        public override Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken) =>
            next(call with { Messages = [.. call.Messages.Select(m => new ChatMessage(m.Role, m.Text.ToUpperInvariant()))] }, cancellationToken);
    }

    [Fact]
    public async Task ResumeAsync_RoleThatRemembersBehindMiddleware_RemembersWhatItDid()
    {
        var client = new ScriptedChatClient(call => ScriptedReply.Say($"<{string.Join('|', call.Messages.Select(m => m.Text))}>"));
        var role = new Role { Name = "writer", Memory = MemoryPolicy.Conversation };
        var workflow = Graphs.Build(wf =>
        {
            var first = wf.AddRole(role, _ => "one", (s, r) => s.Note(r.Text));
            wf.From(first).Then(wf.AddHuman<string, string>("ask", _ => "?", (s, a) => s.Note(a))).Then(wf.AddRole(role, _ => "two", (s, r) => s.Note(r.Text), options: new() { Name = "again" }));
            return first;
        });
        var options = new WorkflowRunOptions { Middleware = [new Shouting()] };
        var expected = await workflow.RunAsync(new(), Helpers.Runtime(client), options with { Responder = (_, _) => new("!") });

        var waiting = await workflow.RunAsync(new(), Helpers.Runtime(client), options);
        var answered = await workflow.AnswerAsync(RunState.FromRecords<Reviews>(waiting.Run.ToRecords()), "ask", "!");
        var resumed = await workflow.ResumeAsync(answered, Helpers.Runtime(client));
        var plain = await workflow.ResumeAsync(await workflow.AnswerAsync(waiting.Run, "ask", "!"), Helpers.Runtime(client));

        Assert.Equal("<one|<ONE>|two>", resumed.State.Notes[^1]);
        Assert.Equal(plain.State.Notes, resumed.State.Notes);
        Assert.Equal("<ONE|<ONE>|TWO>", expected.State.Notes[^1]);
    }
}
