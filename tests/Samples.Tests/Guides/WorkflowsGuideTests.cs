using System.Threading.Channels;

namespace AgentTeams.Tests;

/// <summary>What docs/workflows.md says happens, happens.</summary>
public sealed class WorkflowsGuideTests
{
    private static readonly Role Speaker = new() { Name = "speaker" };

    [Fact]
    public async Task FirstAndFork_AsInTheGuide_GoOnFromTheEditedState()
    {
        using var client = new ScriptedChatClient("Rain falls on roofs.");
        var workflow = await WorkflowsSnippets.FirstAsync(client);
        var store = new InMemoryCheckpointStore();
        await workflow.RunAsync(new("rain"), TeamRuntime.ForAll(client), new() { Checkpoints = store, RunId = "order-17" });

        var forked = await WorkflowsSnippets.ForkAsync(workflow, TeamRuntime.ForAll(client), store);

        Assert.Equal(3, forked.Words);
        Assert.Equal(2, client.Calls.Count);
    }

    [Fact]
    public async Task View_AsInTheGuide_ShowsOnlyWhatItNamesAndTellsRejections()
    {
        using var client = new ScriptedChatClient("cat", "tiger");

        var result = await WorkflowsSnippets.See(Speaker).RunAsync(new("It has stripes.", "zebra"), TeamRuntime.ForAll(client));

        Assert.Equal("tiger", result.State.Guess);
        Assert.Equal("It has stripes. Tries so far: 0.", client.Calls[0].Messages[^1].Text);
        Assert.Contains("five letters", client.Calls[^1].Messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graphs_AsInTheGuide_Run()
    {
        using var client = new ScriptedChatClient("question");
        Assert.True((await WorkflowsSnippets.Choose(Speaker).RunAsync(new("When?"), TeamRuntime.ForAll(client))).State.IsDone);

        using var judge = new ScriptedChatClient("good");
        var essay = await WorkflowsSnippets.Repeat(Speaker, new() { Name = "critic" }).RunAsync(new("rain", IsPublic: true), TeamRuntime.ForAll(judge));
        Assert.Equal(["facts", "style", "law"], essay.State.Notes.AsEnumerable());

        using var reader = new ScriptedChatClient(call => ScriptedReply.Say($"<{call.Messages[^1].Text}>"));
        Assert.Equal("<<a>\n<b>>", (await WorkflowsSnippets.Summarise(Speaker).RunAsync(new(["a", "b"]), TeamRuntime.ForAll(reader))).State.Title);
    }

    [Fact]
    public async Task Human_AsInTheGuide_IsAnsweredThroughTheStore()
    {
        using var unused = new ScriptedChatClient("not asked");

        Assert.True((await WorkflowsSnippets.AskAsync(TeamRuntime.ForAll(unused), new InMemoryCheckpointStore())).IsGranted);
    }

    [Fact]
    public async Task Failure_AsInTheGuide_IsRouted()
    {
        var clock = new TestClock();
        var failed = Channel.CreateUnbounded<int>();
        using var broken = new ScriptedChatClient(_ => failed.Writer.TryWrite(clock.TimersSet) ? ScriptedReply.Fail(new IOException("gone")) : "never");
        var running = WorkflowsSnippets.Mend(Speaker).RunAsync(new("rain"), TeamRuntime.ForAll(broken), new() { TimeProvider = clock });
        for (var retry = 1; retry <= 5; retry++)
        {
            // What is set after a failure is the timer of the wait before the next try.
            await clock.TimersAsync(await failed.Reader.ReadAsync() + 1);
            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal("Sorry: gone", (await running).State.Text);
        Assert.Equal(6, broken.Calls.Count);
    }

    [Fact]
    public async Task Code_AsInTheGuide_Runs()
    {
        using var client = new ScriptedChatClient(call => ScriptedReply.Say($"<{call.Messages[^1].Text}>"));

        var report = await WorkflowsSnippets.CodeAsync(Speaker, Speaker, Speaker, new TestClock(), WorkflowsSnippets.Limit(client), new() { Responder = (_, _) => new(true) });

        Assert.Contains("<<Why is the sky blue?>>", report, StringComparison.Ordinal);
    }
}
