using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ConversationMemoryTests
{
    private readonly List<string> _asked = [];

    [Fact]
    public async Task AskAsync_LongerThanItsWindow_SendsASummaryAndTheNewestMessages()
    {
        var scripts = Answers();
        var run = await Talk(rounds: 7).RecordAsync(new(""), scripts.Runtime, Options());

        Assert.Null(run.Error);
        var last = scripts.Calls.Last().Messages;
        Assert.Equal("Be brief.", last[0].Text);
        Assert.StartsWith("Earlier in this conversation: summary", last[1].Text, StringComparison.Ordinal);
        Assert.All(scripts.Calls, c => Assert.InRange(c.Messages.Count(m => m.Role != ChatRole.System), 1, 4));
        Assert.Equal("question 6", last[^1].Text);
        Assert.Contains("So far: summary 1", _asked[1], StringComparison.Ordinal);
        Assert.Equal(_asked.Count, _asked.Distinct().Count());
        Assert.Equal(last.Select(m => m.Text), run.Trajectory.Nodes.Last(n => n.Kind == NodeKind.Role).Input.Select(m => m.Text));
    }

    [Fact]
    public async Task AskAsync_Summarised_RecordsTheCallWithModelAndTokensBeforeTheOneItIsFor()
    {
        var nodes = (await Talk(rounds: 3).RecordAsync(new(""), Answers().Runtime, Options())).Trajectory.Nodes;

        Assert.Equal(["ann", "ann#1", "ann#2/ask-0", "ann#2"], nodes.Where(n => n.Kind == NodeKind.Role).Select(n => n.Id));
        var summary = Assert.Single(nodes, n => n.Role == "ann/summary");
        Assert.Equal((_asked[0], "summary 1"), (summary.Input[0].Text, summary.Text));
        Assert.Equal((new PolicyId("org-small"), new TokenUsage(30, 5)), (summary.Policy, summary.Usage));
        Assert.Contains(summary.Id, nodes.Single(n => n.Id == "ann#2").Parents);
    }

    [Fact]
    public async Task AskAsync_BudgetSpent_StopsTheRun()
    {
        // The third question needs a summary, of 35 tokens.
        (RunBudget Budget, int Summaries, int Answers)[] cases =
        [
            (new() { MaxModelCalls = 3 }, 0, 2),
            (new() { MaxModelCalls = 4 }, 1, 3),
            (new() { MaxTokens = 35 }, 1, 3),
            (new() { MaxCost = 0.03m, Prices = model => new(model == "org-small" ? 1000 : 0, 0) }, 1, 3),
        ];
        foreach (var (budget, summaries, answers) in cases)
        {
            var scripts = Answers();
            _asked.Clear();
            var run = await Talk(rounds: 4).RecordAsync(new(""), scripts.Runtime, Options() with { Budget = budget });

            Assert.IsType<WorkflowBudgetException>(run.Error);
            Assert.Equal((summaries, answers), (_asked.Count, scripts.Calls.Count));
        }
    }

    [Fact]
    public async Task AskAsync_SummariserFailsOnce_IsAskedAgainAndBothAreRecorded()
    {
        var calls = 0;
        var broken = new ScriptedChatClient(_ => ++calls == 1 ? ScriptedReply.Fail(new HttpRequestException("No route.")) : "summary");
        var run = await Talk(rounds: 3, new() { MaxCallRetries = 1, RetryDelay = TimeSpan.Zero }).RecordAsync(new(""), Answers().Runtime, Options(broken));

        Assert.Null(run.Error);
        Assert.Equal(["No route.", null], run.Trajectory.Nodes.Where(n => n.Role == "ann/summary").Select(n => n.Error?.Message));
    }

    [Fact]
    public async Task RunAsync_ResumedForkedAndReplayed_AsksForNoSummaryAgain()
    {
        var journal = new ListStore { DieAt = 5 };
        var (team, options) = (Talk(rounds: 6), Options() with { Checkpoints = journal, RunId = "run" });
        await Assert.ThrowsAnyAsync<Exception>(() => team.RunAsync(new(""), Answers().Runtime, options));
        journal.DieAt = null;
        var before = _asked.Count;

        var resumed = await team.RecordAsync(new(""), Answers().Runtime, options);
        var (all, asked) = (resumed.Trajectory.Nodes.Count(n => n.Role == "ann/summary"), _asked.Count);
        var replayed = await team.ReplayAsync(await team.ReadRunAsync(journal, "run"));
        await team.RecordResumedAsync(await team.ForkAsync(resumed.Run!, "ann#4"), Answers().Runtime, Options());

        // Of a visit that was lost, the summary was, too; the first was not.
        Assert.InRange(before, 1, all - 1);
        Assert.Equal(all + 1, asked);
        Assert.Equal(all, _asked.Distinct().Count());
        Assert.Equal(resumed.Trajectory.Nodes.Select(n => n.Id), replayed.Nodes.Select(n => n.Id));
        // The fork visits ann#5 itself, and has the summaries of the visits before.
        Assert.Equal(asked + 1, _asked.Count);
    }

    [Fact]
    public async Task LearnAsync_SummaryTellsAFactAgain_IsNotTheFactsSource()
    {
        var memory = new TeamMemory(new() { Store = new InMemoryMemoryStore() });
        var run = await Talk(rounds: 3).RecordAsync(new(""), Answers().Runtime, Options(new ScriptedChatClient(_ => "REMEMBER bridge: 40 m")));

        Assert.Equal(0, await memory.LearnAsync(run.Trajectory));
    }

    private static Scripts Answers() => new(h => $"answer {h.Messages.Count}");

    private WorkflowRunOptions Options(IChatClient? summariser = null) => new()
    {
        Middleware = [new ConversationMemory { MaxMessages = 4, Summariser = summariser ?? new ScriptedChatClient(Sum) }.ToMiddleware()],
    };

    private ScriptedReply Sum(ScriptedCall call)
    {
        _asked.Add(call.Messages[0].Text);
        return ScriptedReply.Say($"summary {_asked.Count}").With(r => (r.ModelId, r.Usage) = ("org/small", new() { InputTokenCount = 30, OutputTokenCount = 5 }));
    }

    private static Workflow<Conversation> Talk(int rounds, NodeOptions<Conversation>? options = null)
    {
        var ann = Teams.Role("ann") with { Instructions = "Be brief.", Memory = MemoryPolicy.Conversation };
        var wf = Workflow.CreateBuilder<Conversation>("talk");
        var ask = wf.AddRole(ann, s => $"question {s.Task.Length}", (s, reply) => s with { Task = s.Task + "x" }, options: options);
        wf.Start(wf.AddLoop("rounds", ask, s => s.Task.Length >= rounds, new() { MaxRounds = rounds }));
        wf.From(ask);
        return wf.Build();
    }
}
