using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class DelegateTests
{
    private static readonly Role Writer = new() { Name = "writer" };

    private int _made;

    private DelegateWorkflow<string, string> Report(string opening = "open") => Workflow.FromDelegate<string, string>("report", async (steps, topic, _) =>
    {
        var opened = await steps.AskAsync(Writer, $"{opening} {topic}");
        var number = await steps.StepAsync("count", _ => new ValueTask<int>(Interlocked.Increment(ref _made)));
        var parts = await steps.MapAsync(["a", "b"], async (branch, part) => (await branch.AskAsync(Writer, $"part {part}")).Text);
        var both = await steps.ParallelAsync<string>(
            async one => (await one.CallAsync(AIFunctionFactory.Create((int n) => $"tool {n}", "tool"), new { n = number })).Text,
            async two => (await two.AskAsync(Writer, "two")).Text);
        var ok = await steps.RequestAsync<string, bool>("approve", topic);
        return string.Join('|', [opened.Text, .. parts, .. both, $"{ok}"]);
    });

    private static ScriptedChatClient Echo() => new(call => ScriptedReply.Say($"<{call.Messages[^1].Text}>"));

    [Fact]
    public async Task RunAsync_Code_GivesItsResult()
    {
        var result = await Report().RunAsync("x", Helpers.Runtime(Echo()), new() { Responder = (_, _) => new(true) });

        Assert.Equal("<open x>|<part a>|<part b>|tool 1|<two>|True", result);
    }

    [Fact]
    public async Task RecordAsync_Code_RecordsItsStepsWithTheParentsOfTheirBranches()
    {
        var run = await Report().RecordAsync("x", Helpers.Runtime(Echo()), new() { Responder = (_, _) => new(true) });

        var nodes = run.Trajectory.Nodes.ToDictionary(n => n.Id);
        Assert.Equal(["writer", "count", "map[0]/writer", "map[1]/writer", "parallel[0]/tool", "parallel[1]/writer", "approve"], nodes.Keys);
        Assert.Equal(["count"], nodes["map[1]/writer"].Parents.AsEnumerable());
        Assert.Equal(["map[0]/writer", "map[1]/writer"], nodes["parallel[0]/tool"].Parents.AsEnumerable());
        Assert.Equal(["parallel[0]/tool", "parallel[1]/writer"], nodes["approve"].Parents.AsEnumerable());
    }

    [Fact]
    public async Task RunAsync_KilledAtEveryCommit_ResumesToTheSameResult()
    {
        var undisturbed = new ListStore();
        var options = new WorkflowRunOptions { RunId = "run", Responder = (_, _) => new(true) };
        var expected = await Report().RunAsync("x", Helpers.Runtime(Echo()), options with { Checkpoints = undisturbed });
        for (var at = 0; at < undisturbed.Appends; at++)
        {
            _made = 0;
            var store = new ListStore { DieAt = at };
            await Assert.ThrowsAnyAsync<Exception>(() => Report().RunAsync("x", Helpers.Runtime(Echo()), options with { Checkpoints = store }));
            var committed = store.Runs["run"].Count >= 3;
            store.DieAt = null;
            _made = committed ? 41 : 0;

            Assert.Equal(expected, await Report().RunAsync("x", Helpers.Runtime(Echo()), options with { Checkpoints = store }));
            Assert.Equal(committed ? 41 : 1, _made);
        }
    }

    [Fact]
    public async Task ResumeAsync_OtherQuestionThanTheJournals_NamesTheStep()
    {
        var store = new ListStore();
        var options = new WorkflowRunOptions { RunId = "run", Checkpoints = store, Responder = (_, _) => new(true) };
        await Report().RunAsync("x", Helpers.Runtime(Echo()), options);

        var error = await Assert.ThrowsAsync<WorkflowReplayException>(() => Report("close").RunAsync("x", Helpers.Runtime(Echo()), options));

        Assert.Contains("writer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerAsync_CodeThatWaits_GoesOnWithTheAnswer()
    {
        var workflow = Report();
        var waiting = await workflow.Definition.RunAsync(new("x"), Helpers.Runtime(Echo()));
        Assert.Equal(["approve"], waiting.Requests.Select(r => r.Id));

        var answered = await workflow.Definition.AnswerAsync(waiting.Run, "approve", false);
        var result = await workflow.Definition.ResumeAsync(answered, Helpers.NoModel);

        Assert.EndsWith("|False", result.State.Output, StringComparison.Ordinal);
        Assert.Equal(1, _made);
    }

    [Fact]
    public async Task RunAsync_TwoStepsAtOnce_AreRefused()
    {
        var gate = new TaskCompletionSource();
        var workflow = Workflow.FromDelegate<string, string>("careless", async (steps, _, token) =>
        {
            var one = steps.StepAsync("one", async t => { await gate.Task.WaitAsync(t); return 1; });
            var two = steps.StepAsync("two", _ => new ValueTask<int>(2));
            gate.SetResult();
            return $"{await two}{await one}";
        });

        var error = await Assert.ThrowsAnyAsync<AgentTeamsException>(() => workflow.RunAsync("x", Helpers.NoModel));

        Assert.Contains("ParallelAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_CodeThatCatchesAFailedStep_GoesOn()
    {
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

        var client = new ScriptedChatClient(ScriptedReply.Fail(new IOException("gone")));
        Assert.Equal("writer failed", await workflow.RunAsync("x", Helpers.Runtime(client)));
    }

    [Fact]
    public async Task ResumeAsync_StepThatFailedAndWasCaught_FailsAgainWithoutBeingMade()
    {
        var tries = 0;
        var workflow = Workflow.FromDelegate<string, string>("careful", async (steps, topic, _) =>
        {
            string said;
            try
            {
                said = await steps.StepAsync<string>("try", _ => ++tries == 1 ? throw new IOException("gone") : new("here"));
            }
            catch (WorkflowNodeException e)
            {
                said = e.InnerException!.Message;
            }

            return said + await steps.RequestAsync<string, string>("ask", topic);
        });
        var waiting = await workflow.Definition.RunAsync(new("x"), Helpers.NoModel);

        var result = await workflow.Definition.ResumeAsync(await workflow.Definition.AnswerAsync(waiting.Run, "ask", "!"), Helpers.NoModel);

        Assert.Equal("gone!", result.State.Output);
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task AddWorkflow_Code_RunsInsideOfAGraph()
    {
        var workflow = Graphs.Build(wf => wf.AddWorkflow(Report(), s => s.Topic, (s, text) => s with { Text = text }));

        var result = await workflow.RunAsync(new("x"), Helpers.Runtime(Echo()), new() { Responder = (_, _) => new(true) });

        Assert.StartsWith("<open x>", result.State.Text, StringComparison.Ordinal);
        Assert.Contains("report/map[1]/writer", result.Nodes.Select(n => n.Id));
    }
}
