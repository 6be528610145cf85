namespace AgentTeams.Tests;

public sealed class BudgetTests
{
    private static Workflow<Reviews> Loop(int rounds) => Graphs.Build(wf => wf.AddLoop("loop",
        wf.AddRole(new() { Name = "speaker" }, s => s.Topic, (s, r) => s.Note(r.Text)), s => s.Notes.Count == rounds, new() { MaxRounds = rounds }));

    private static ScriptedChatClient Client() => new(ScriptedReply.Say("ok").WithUsage(900, 100).With(r => r.ModelId = "large"));

    public static TheoryData<string, RunBudget, int> Budgets => new()
    {
        { nameof(RunBudget.MaxModelCalls), new() { MaxModelCalls = 3 }, 3 },
        { nameof(RunBudget.MaxTokens), new() { MaxTokens = 2500 }, 3 },
        { nameof(RunBudget.MaxCost), new() { MaxCost = 0.002m, Prices = model => model == "large" ? new(1, 1) : new(100, 100) }, 2 },
    };

    [Theory]
    [MemberData(nameof(Budgets))]
    public async Task RunAsync_BudgetThatRunsOut_NamesItAndLeavesARunThatGoesOnWithMore(string limit, RunBudget budget, int calls)
    {
        var (store, client) = (new ListStore(), Client());
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run", Budget = budget };

        var error = await Assert.ThrowsAsync<WorkflowBudgetException>(() => Loop(5).RunAsync(new("x"), Helpers.Runtime(client), options));
        Assert.Equal(limit, error.Limit);
        Assert.Equal(calls, client.Calls.Count);

        var result = await Loop(5).RunAsync(new("x"), Helpers.Runtime(client), options with { Budget = new() { MaxModelCalls = 5 } });
        Assert.Equal(5, result.State.Notes.Count);
        Assert.Equal(5, client.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_ResumedWithTheSameBudget_CountsWhatWasUsedBefore()
    {
        var (store, client) = (new ListStore(), Client());
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run", Budget = new() { MaxModelCalls = 3 } };
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<WorkflowBudgetException>(() => Loop(5).RunAsync(new("x"), Helpers.Runtime(client), options));

        Assert.Equal(3, client.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_ResumedWithABudgetOfMoney_PricesEarlierCallsByTheModelThatAnswered()
    {
        var (store, client) = (new ListStore(), Client());
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = "run", Budget = new() { MaxCost = 0.002m, Prices = model => model == "large" ? new(1, 1) : new(0, 0) } };
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<WorkflowBudgetException>(() => Loop(5).RunAsync(new("x"), Helpers.Runtime(client), options));

        Assert.Equal(2, client.Calls.Count);
    }

    [Fact]
    public async Task RunAsync_BudgetOfTime_StopsACallThatDoesNotEnd()
    {
        var clock = new TestClock();
        var client = new ScriptedChatClient(async call =>
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
            return ScriptedReply.Say("never");
        });
        var running = Loop(1).RunAsync(new("x"), Helpers.Runtime(client), new() { TimeProvider = clock, Budget = new() { MaxDuration = TimeSpan.FromMinutes(5) } });

        clock.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(nameof(RunBudget.MaxDuration), (await Assert.ThrowsAsync<WorkflowBudgetException>(() => running)).Limit);
    }

    [Fact]
    public async Task RunAsync_ErrorRoute_DoesNotHandleABudgetThatRanOut()
    {
        var workflow = Graphs.Build(wf =>
        {
            var mend = wf.Note("mend");
            wf.From(mend);
            return wf.AddRole(new() { Name = "speaker" }, s => s.Topic, (s, r) => s, options: new() { OnError = new(mend, (s, _) => s), MaxCallRetries = 3 });
        });

        await Assert.ThrowsAsync<WorkflowBudgetException>(() => workflow.RunAsync(new("x"), Helpers.Runtime(Client()), new() { Budget = new() { MaxModelCalls = 0 } }));
    }

    [Fact]
    public async Task RunAsync_CostWithoutPrices_IsRefused() =>
        Assert.Contains("Prices", (await Assert.ThrowsAsync<AgentTeamsException>(() => Loop(1).RunAsync(new("x"), Helpers.NoModel, new() { Budget = new() { MaxCost = 1 } }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task RunAsync_RoleOptionsOfTheRun_ReplaceTheRoles()
    {
        var client = Client();

        await Loop(1).RunAsync(new("x"), Helpers.Runtime(client), new() { RoleOptions = role => role.Options with { Temperature = 0 } });

        Assert.Equal(0, client.Calls.Single().Options.Temperature);
    }
}
