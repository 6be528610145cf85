namespace AgentTeams.Tests;

public sealed class InsideTests
{
    private static BoundWorkflow<string, string> Shout()
    {
        var wf = Workflow.CreateBuilder<Reviews>("shout");
        wf.Start(wf.AddFunction("upper", s => s with { Text = s.Topic.ToUpperInvariant() })).Then(wf.AddFunction("mark", s => s with { Text = s.Text + "!" }));
        return wf.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
    }

    [Fact]
    public async Task RunAsync_WorkflowInside_HasAStateOfItsOwnAndOneRecordMore()
    {
        var workflow = Graphs.Build(wf => wf.AddWorkflow(Shout(), s => s.Topic, (s, said) => s with { Text = said }));

        var result = await workflow.RunAsync(new("hi"), Helpers.NoModel);

        Assert.Equal("HI!", result.State.Text);
        Assert.Equal(["shout/upper", "shout/mark", "shout"], result.Nodes.Select(n => n.Id));
        Assert.Equal(NodeKind.SubWorkflow, result.Nodes[2].Kind);
        Assert.Equal(["shout/mark"], result.Nodes[2].Parents.AsEnumerable());
        Assert.Equal("HI!", result.Nodes[2].Result?.GetString());
    }

    [Fact]
    public async Task RunAsync_Map_KeepsTheOrderOfTheItems()
    {
        var workflow = Graphs.Build(wf => wf.AddMap("each", s => s.Topic.Split(' '), Shout(), (s, all) => s with { Text = string.Join(',', all) }));

        var result = await workflow.RunAsync(new("a b c"), Helpers.NoModel);

        Assert.Equal("A!,B!,C!", result.State.Text);
        Assert.Equal(["each[0]", "each[1]", "each[2]"], result.Nodes.Where(n => n.Kind == NodeKind.SubWorkflow).Select(n => n.Id));
    }

    [Fact]
    public async Task RunAsync_MapWithACap_RunsNoMoreAtOnce()
    {
        var (now, most) = (0, 0);
        var gate = new TaskCompletionSource();
        var wf = Workflow.CreateBuilder<Reviews>("item");
        wf.Start(wf.AddFunction("work", async (s, token) =>
        {
            var running = Interlocked.Increment(ref now);
            most = Math.Max(most, running);
            if (running == 2) gate.TrySetResult();
            await gate.Task.WaitAsync(token);
            Interlocked.Decrement(ref now);
            return s.Topic;
        }, (s, text) => s with { Text = text }));
        var each = wf.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
        var workflow = Graphs.Build(b => b.AddMap("each", s => s.Topic.Split(' '), each, (s, all) => s with { Text = string.Join(',', all) }, new() { MaxConcurrency = 2 }));

        var result = await workflow.RunAsync(new("a b c d e"), Helpers.NoModel);

        Assert.Equal("a,b,c,d,e", result.State.Text);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task RunAsync_FailingItem_FailsTheMapUnlessItIsSkipped()
    {
        var wf = Workflow.CreateBuilder<Reviews>("item");
        wf.Start(wf.AddFunction("check", s => s.Topic == "b" ? throw new InvalidOperationException("bad b") : s with { Text = s.Topic }));
        var each = wf.Build().Bind((string topic) => new Reviews(topic), s => s.Text);
        Workflow<Reviews> Map(bool skip) => Graphs.Build(b => b.AddMap("each", s => s.Topic.Split(' '), each, (s, all) => s with { Text = string.Join(',', all) }, new() { SkipFailed = skip }));

        Assert.Equal("each[1]/check", (await Assert.ThrowsAsync<WorkflowNodeException>(() => Map(false).RunAsync(new("a b c"), Helpers.NoModel))).NodeId);
        Assert.Equal("a,c", (await Map(true).RunAsync(new("a b c"), Helpers.NoModel)).State.Text);
    }

    [Fact]
    public async Task RunAsync_ItemsWithTheSameKey_FailWithTheKey()
    {
        var workflow = Graphs.Build(wf => wf.AddMap("each", s => s.Topic.Split(' '), Shout(), (s, all) => s, new() { Key = item => item }));

        Assert.Contains("'a'", (await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new("a b a"), Helpers.NoModel))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LoopLimit.GoOn)]
    [InlineData(LoopLimit.Fail)]
    public async Task RunAsync_LoopThatIsNeverDone_EndsAfterItsRounds(LoopLimit limit)
    {
        var workflow = Graphs.Build(wf => wf.AddLoop("again", wf.Note("try"), s => false, new() { MaxRounds = 3, OnLimit = limit }));

        if (limit == LoopLimit.Fail)
            Assert.IsType<LoopLimitException>((await Assert.ThrowsAsync<WorkflowNodeException>(() => workflow.RunAsync(new(), Helpers.NoModel))).InnerException);
        else
            Assert.Equal(["try", "try", "try"], (await workflow.RunAsync(new(), Helpers.NoModel)).State.Notes);
    }

    [Fact]
    public async Task RunAsync_WorkflowsInsideOfEachOtherWithoutEnd_FailAtTheDepth()
    {
        BoundWorkflow<int, int> inner = Count(null);
        for (var i = 0; i < 5; i++) inner = Count(inner);
        static BoundWorkflow<int, int> Count(BoundWorkflow<int, int>? inside)
        {
            var wf = Workflow.CreateBuilder<Counter>("count");
            wf.Start(inside is null ? wf.AddFunction("one", s => s with { Value = s.Value + 1 }) : wf.AddWorkflow(inside, s => s.Value, (s, v) => s with { Value = v + 1 }));
            return wf.Build().Bind((int v) => new Counter(v), s => s.Value);
        }

        Assert.Equal(6, await inner.RunAsync(0, Helpers.NoModel));
        Assert.Contains("MaxDepth", (await Assert.ThrowsAsync<WorkflowNodeException>(() => inner.RunAsync(0, Helpers.NoModel, new() { MaxDepth = 3 }))).Message, StringComparison.Ordinal);
    }
}
