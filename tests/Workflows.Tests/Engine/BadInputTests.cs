using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class BadInputTests
{
    private static readonly Role Speaker = new() { Name = "speaker" };

    [Fact]
    public async Task RunAsync_ModelThatReturnsNothing_FailsWithItsRole()
    {
        var workflow = Graphs.Build(wf => wf.AddRole(Speaker, s => "q", (s, r) => s));

        var error = await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(new SilentClient(new ScriptedChatClient("unused")))));

        Assert.Contains("'speaker' returned no response", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ToolThatAnswersFiftyMegabytes_IsRecordedAndStoredWhole()
    {
        var text = new string('x', 50_000_000);
        var store = new ListStore();
        var workflow = Graphs.Build(wf => wf.AddTool(AIFunctionFactory.Create(() => text, "big"), s => new { }, (s, r) => s with { Round = r.Text.Length }));

        var result = await workflow.RunAsync(new(), Helpers.NoModel, DurableTeam.Options(store));
        var replayed = await workflow.ReplayAsync(await workflow.ReadRunAsync(store, "run"));

        Assert.Equal(50_000_000, result.State.Round);
        Assert.Equal(50_000_000, replayed.State.Round);
    }

    [Fact]
    public async Task RunAsync_ToolThatNeverEnds_TimesOutAndTheRunGoesOn()
    {
        var clock = new TestClock();
        var workflow = Graphs.Build(wf =>
        {
            var mend = wf.AddFunction("mend", s => s.Note("mended"));
            wf.From(mend);
            return wf.AddTool(AIFunctionFactory.Create(async (CancellationToken token) => { await Task.Delay(Timeout.Infinite, token); return ""; }, "stuck"), s => new { }, (s, r) => s,
                new() { Timeout = TimeSpan.FromSeconds(5), OnError = new(mend, (s, e) => s.Note(e.Type)) });
        });
        var running = workflow.RunAsync(new(), Helpers.NoModel, new() { TimeProvider = clock });

        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([nameof(TimeoutException), "mended"], (await running).State.Notes);
    }

    [Fact]
    public async Task RunAsync_PromptItemsOrRequestOfNull_AreNamed()
    {
        var item = Workflow.CreateBuilder<Reviews>("item");
        item.Start(item.Note("x"));
        var each = item.Build().Bind((string t) => new Reviews(t), s => s.Text);

        await ExpectAsync("prompt of the node 'speaker'", wf => wf.AddRole(Speaker, s => (Prompt)null!, (s, r) => s));
        await ExpectAsync("items of the node 'each'", wf => wf.AddMap("each", s => (IReadOnlyList<string>)null!, each, (s, all) => s));
        await ExpectAsync("request of the node 'ask'", wf => wf.AddHuman<string, string>("ask", s => null!, (s, a) => s));
        await ExpectAsync("update of the node 'f'", wf => wf.AddFunction("f", s => null!));

        static async Task ExpectAsync(string named, Func<WorkflowBuilder<Reviews>, NodeHandle> node)
        {
            var workflow = Graphs.Build(node);
            Assert.Contains(named, (await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.Runtime(new ScriptedChatClient("a"))))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RunAsync_JoinThatTooFewBranchesAreTakenFor_SaysSo()
    {
        var workflow = Graphs.Build(wf => wf.AddParallel("p", p => p.Branch(wf.Note("a"), when: _ => false).Branch(wf.Note("b")).Join(Join.AtLeast(2))));

        Assert.Contains("waits for 2 branches, and 1 were taken", (await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_StoreThatCannotBeWritten_StopsTheRunWhateverWouldHandleAFailure()
    {
        var raced = Graphs.Build(wf =>
        {
            var mend = wf.Note("mend");
            wf.From(mend);
            return wf.AddParallel("race", p => p.Branch(wf.Note("a")).Branch(wf.Note("b")).Join(Join.Any), new() { OnError = new(mend, (s, _) => s) });
        });
        var code = Workflow.FromDelegate<string, string>("code", async (steps, _, _) =>
        {
            try
            {
                await steps.StepAsync("a", _ => new ValueTask<int>(1));
            }
            catch (AgentTeamsException)
            {
                // As careless code does.
            }

            return "done";
        });

        foreach (var run in (Func<Task>[])[() => raced.RunAsync(new(), Helpers.NoModel, DurableTeam.Options(new() { DieAt = 1 })), () => code.RunAsync("x", Helpers.NoModel, DurableTeam.Options(new() { DieAt = 1 }))])
            Assert.Contains("died", (await Assert.ThrowsAsync<WorkflowStoreException>(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromRecords_TextThatIsNoJournal_IsRefused()
    {
        Assert.Throws<AgentTeamsException>(() => RunState.FromRecords<Reviews>([]));
        Assert.Throws<AgentTeamsException>(() => RunState.FromRecords<Reviews>(["{\"a\":1}"u8.ToArray()]));
        Assert.Throws<AgentTeamsException>(() => RunState.FromRecords<Reviews>(["not json"u8.ToArray()]));
    }

    private sealed class SilentClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<ChatResponse>(null!);
    }
}
