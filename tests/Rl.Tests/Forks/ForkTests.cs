namespace AgentTeams.Tests;

public sealed class ForkTests
{
    [Fact]
    public async Task RunAsync_NothingChanged_RepeatsTheParentWithoutAModelCall()
    {
        using var duo = new Duo();
        var parent = await duo.RunAsync();
        var calls = duo.Models.Models.OfType<LocalLanguageModel>().Single().Statistics.GeneratedTokens;
        var twin = Assert.Single(await duo.Forks.RunAsync([new Fork { Parent = parent }]));
        Assert.Equal(parent.Outcome, twin.Outcome);
        Assert.All(twin.Nodes, n => Assert.True(n.Inherited));
        Assert.Equal(calls, duo.Models.Models.OfType<LocalLanguageModel>().Single().Statistics.GeneratedTokens);
        Assert.Equal((parent.Id, parent.GroupId, 0L), (twin.ParentId, twin.GroupId, twin.Usage.OutputTokens));
        Assert.NotEqual(parent.Id, twin.Id);
    }

    [Fact]
    public async Task RunAsync_SecondCallResampled_InheritsTheFirst()
    {
        using var duo = new Duo();
        var parent = await duo.RunAsync();
        var twins = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => duo.ForkAsync(parent, "y", CallChange.Resample, i)));
        Assert.All(twins, t => Assert.Equal((true, false, "x"), (t.Nodes[0].Inherited, t.Nodes[1].Inherited, t.ForkNodeId)));
        Assert.All(twins, t => Assert.Equal(parent.Nodes[0].Text, t.Nodes[0].Text));
        Assert.True(twins.Select(t => t.Outcome).Distinct().Count() > 1);
        Assert.Equal(twins[2].Outcome, (await duo.ForkAsync(parent, "y", CallChange.Resample, 3)).Outcome);
    }

    [Fact]
    public async Task RunAsync_FirstCallResampled_TheRestKeepsItsRandomNumbers()
    {
        using var duo = new Duo(reads: false);
        var parent = await duo.RunAsync();
        var twin = await duo.ForkAsync(parent, "x", CallChange.Resample);
        Assert.Null(twin.ForkNodeId);
        Assert.False(twin.Nodes[0].Inherited);
        // y was asked the same, so nothing that x did by chance can be taken for y's merit.
        Assert.True(twin.Nodes[1].Inherited);
        Assert.Equal(parent.Nodes[1].Text, twin.Nodes[1].Text);
    }

    [Fact]
    public async Task RunAsync_SayingWhatWasSaid_AndGoingBack_IsTheParent()
    {
        using var duo = new Duo();
        var (parent, other) = (await duo.RunAsync(), await duo.RunAsync(1));
        var mixed = await duo.ForkAsync(parent, "x", CallChange.Say(other.Id, other.Nodes[0]));
        Assert.Equal(other.Nodes[0].Text, mixed.Nodes[0].Text);
        Assert.Equal(other.Nodes[0].Tokens!.CompletionIds, mixed.Nodes[0].Tokens!.CompletionIds);
        var back = await duo.ForkAsync(mixed, "x", CallChange.Say(parent.Id, parent.Nodes[0]));
        Assert.Equal(parent.Outcome, back.Outcome);
    }

    [Fact]
    public async Task RunAsync_Branch_DrawsEverythingBehindItAnew()
    {
        using var duo = new Duo(reads: false);
        var parent = await duo.RunAsync();
        var branches = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => duo.ForkAsync(parent, "x", CallChange.Resample, i, branch: true)));
        Assert.All(branches, b => Assert.False(b.Nodes[1].Inherited));
        Assert.True(branches.Select(b => b.Nodes[1].Text).Distinct().Count() > 1);
    }

    [Fact]
    public async Task RunAsync_RoleAsksAnotherModel_AlsoWhereTheParentDidNotComeTo()
    {
        using var duo = new Duo();
        var parent = await duo.RunAsync();
        using var said = new ScriptedChatClient("hello");
        var twin = Assert.Single(await duo.Forks.RunAsync([new Fork { Parent = parent, Roles = new Dictionary<string, CallChange> { ["y"] = CallChange.Ask("parrot", said) } }]));
        Assert.Equal($"{parent.Nodes[0].Text}|hello", twin.Outcome);
        Assert.Null(twin.Nodes[1].Tokens);
    }

    [Fact]
    public async Task RunAsync_CallThatTheParentDoesNotHave_NamesThoseItHas()
    {
        using var duo = new Duo();
        var parent = await duo.RunAsync();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => duo.ForkAsync(parent, "z", CallChange.Resample));
        Assert.Contains("'z', which the trajectory", error.Message, StringComparison.Ordinal);
        Assert.Contains("x, y", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AgentTeamsException>(() => duo.ForkAsync(parent with { Key = null }, "x", CallChange.Resample));
    }

    [Fact]
    public async Task RunAsync_WithAStore_ForksAreKeptAndFoundAgain()
    {
        using var duo = new Duo();
        var store = new MemoryStore();
        var parent = await duo.RunAsync();
        var forks = new TaskForks<string>(duo.Tasks, new() { Store = store, Models = duo.Models });
        var fork = new Fork { Parent = parent, Calls = new Dictionary<string, CallChange> { ["y"] = CallChange.Resample } };
        var first = Assert.Single(await forks.RunAsync([fork]));
        Assert.Same(await store.FindAsync(first.Id), Assert.Single(await forks.RunAsync([fork])));
    }
}
