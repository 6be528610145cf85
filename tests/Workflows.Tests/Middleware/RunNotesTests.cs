using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RunNotesTests
{
    [Fact]
    public async Task RecordAsync_OfABinding_HoldsTheNotesAsThatOfItsDefinitionDoes()
    {
        var wf = Workflow.CreateBuilder<Talk>("talk");
        wf.Start(wf.AddRole(new Role { Name = "ann" }, s => s.Text, (s, reply) => s with { Text = reply.Text }));
        var bound = wf.Build().Bind((string text) => new Talk(text), s => s.Text);
        var runtime = TeamRuntime.ForAll(new ScriptedChatClient("!"));
        WorkflowRunOptions Options() => new() { Middleware = [new Noting(() => 7, [])] };

        var recorded = await bound.RecordAsync("x", runtime, Options(), new() { Properties = new Dictionary<string, string> { ["by"] = "me" } });

        Assert.Equal(("7", "me"), (recorded.Trajectory.Properties!["count"], recorded.Trajectory.Properties["by"]));
        Assert.Equal("7", (await bound.Definition.RecordAsync(new("x"), runtime, Options())).Trajectory.Properties!["count"]);
    }

    [Fact]
    public async Task BeginAsync_ChangedStateAndNote_AreInTheJournalAndInForksAndNotAskedAgain()
    {
        var (asked, store, seen) = (0, new ListStore(), new List<string>());
        var middleware = new Noting(() => ++asked, seen);
        var wf = Workflow.CreateBuilder<Talk>("talk");
        wf.Start(wf.AddRole(new Role { Name = "ann" }, s => s.Text, (s, reply) => s with { Text = s.Text + reply.Text }));
        var workflow = wf.Build();
        var runtime = TeamRuntime.ForAll(new ScriptedChatClient("!"));
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run", Middleware = [middleware] };

        var first = await workflow.RunAsync(new("secret"), runtime, options);
        var again = await workflow.RunAsync(new("secret"), runtime, options);
        var read = await workflow.ReadRunAsync(store, "run");
        var fork = await workflow.ForkAsync(read, "ann");
        await workflow.ResumeAsync(fork, runtime, new() { Middleware = [middleware] });

        Assert.Equal(("hidden!", "hidden!"), (first.State.Text, again.State.Text));
        Assert.Equal(("1", "1"), (read.Notes["count"], fork.Notes["count"]));
        Assert.Equal(2, asked);
        Assert.Equal(["1", "1", "1"], seen);
        Assert.DoesNotContain("secret", string.Concat(store.Runs["run"].Select(r => Encoding.UTF8.GetString(r))), StringComparison.Ordinal);
        Assert.Equal(JournalEntry.CurrentVersion, JournalEntry.Read(store.Runs["run"][0]).Version);
    }

    [Fact]
    public async Task RunAsync_WithoutNotes_WritesTheFormThatEarlierBuildsRead()
    {
        var store = new ListStore();
        var wf = Workflow.CreateBuilder<Talk>("talk");
        wf.Start(wf.AddFunction("one", s => s));

        await wf.Build().RunAsync(new("x"), Helpers.NoModel, new() { Checkpoints = store, RunId = "run", Middleware = [WorkflowMiddleware.OnRun((_, next, token) => next(token))] });

        Assert.Equal((1, null), (JournalEntry.Read(store.Runs["run"][0]).Version, JournalEntry.Read(store.Runs["run"][0]).Notes));
    }

    [Fact]
    public async Task AskAsync_AnotherClient_IsSentOtherWordsThanTheRecordHolds()
    {
        var model = new ScriptedChatClient("yes");
        var wf = Workflow.CreateBuilder<Talk>("talk");
        wf.Start(wf.AddRole(new Role { Name = "ann" }, s => s.Text, (s, reply) => s with { Text = reply.Text }));
        var middleware = WorkflowMiddleware.OnModelCall((call, next, token) => next(call with { Client = new Louder(call.Client) }, token));

        var run = await wf.Build().RecordAsync(new("quiet"), TeamRuntime.ForAll(model), new() { Middleware = [middleware] });

        Assert.Equal("QUIET", Assert.Single(model.Calls).Messages[0].Text);
        Assert.Equal("quiet", run.Trajectory.Nodes[0].Input[0].Text);
    }

    [Fact]
    public async Task BeginAsync_TwoNotesOfOneName_AreRefused()
    {
        var count = 0;
        var wf = Workflow.CreateBuilder<Talk>("talk");
        wf.Start(wf.AddFunction("one", s => s));

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => wf.Build().RunAsync(new("x"), Helpers.NoModel, new() { Middleware = [new Noting(() => ++count, []), new Noting(() => ++count, [])] }));

        Assert.Contains("two notes named 'count'", error.Message, StringComparison.Ordinal);
    }

    public sealed record Talk(string Text);

    private sealed class Noting(Func<int> next, List<string> seen) : WorkflowMiddleware
    {
        public override ValueTask<RunStart<TState>> BeginAsync<TState>(RunStart<TState> start, CancellationToken cancellationToken) =>
            new((start with { State = (TState)(object)new Talk("hidden") }).WithNote("count", next().ToString(CultureInfo.InvariantCulture)));

        public override Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
        {
            seen.Add(run.Notes["count"]);
            return next(cancellationToken);
        }
    }

    private sealed class Louder(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            base.GetResponseAsync(messages.Select(m => new ChatMessage(m.Role, m.Text.ToUpperInvariant())), options, cancellationToken);
    }
}
