namespace AgentTeams.Tests;

public sealed class BuildTests
{
    [Fact]
    public void Build_ManyProblems_ReportsAllAtOnceWithPathAndFix()
    {
        var other = Workflow.CreateBuilder<Counter>("other").AddFunction("foreign", s => s);
        var wf = Workflow.CreateBuilder<Counter>("bad");
        var a = wf.AddFunction("a", s => s);
        var twin = wf.AddFunction("a", s => s);
        var both = wf.AddFunction("both", s => s);
        var open = wf.AddFunction("open", s => s);
        var x = wf.AddFunction("x", s => s);
        var y = wf.AddFunction("y", s => s);
        wf.AddFunction("lost", s => s);
        var add = Helpers.Tool("add", (int left, int right) => left + right);
        var tool = wf.AddTool(add, _ => new { left = 1, rigth = 2 }, (s, _) => s);
        wf.From(a).Then(both).Then(other);
        wf.Branch(both, b => b.Otherwise(a));
        wf.Branch(open, b => b.When(_ => true, Workflow.End));
        wf.From(x).Then(y).Then(x);
        wf.From(twin).Then(tool);

        var e = Assert.Throws<WorkflowDefinitionException>(() => wf.Build());

        var messages = e.Problems.Select(p => p.ToString()).ToList();
        foreach (var expected in new[]
        {
            "bad: No start", "bad/a: The name 'a' is used by 2", "bad/foreign: The handle", "bad/both: The node has both", "bad/open: The branch has no Otherwise",
            "bad/x: The cycle x -> y -> x has no way out", "bad/lost: The node leads nowhere", "bad/add: The tool 'add' requires the argument 'right'", "bad/add: The tool 'add' has no argument 'rigth'",
        })
        {
            Assert.Contains(messages, m => m.StartsWith(expected, StringComparison.Ordinal));
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        }

        Assert.All(e.Problems, p => Assert.NotEmpty(p.Fix));
    }

    [Fact]
    public void Build_NodeNothingLeadsTo_IsReported()
    {
        var wf = Workflow.CreateBuilder<Counter>("island");
        wf.Start(wf.AddFunction("a", s => s));
        wf.From(wf.AddFunction("island", s => s));

        var problem = Assert.Single(Assert.Throws<WorkflowDefinitionException>(() => wf.Build()).Problems);
        Assert.Equal("island/island", problem.Path);
    }

    [Fact]
    public void Build_TwoEdgesFromOneNode_IsReported()
    {
        var wf = Workflow.CreateBuilder<Counter>("fork");
        var a = wf.AddFunction("a", s => s);
        wf.Start(a).Then(wf.AddFunction("b", s => s));
        wf.From(a).Then(wf.AddFunction("c", s => s));

        Assert.Contains("2 edges", Assert.Single(Assert.Throws<WorkflowDefinitionException>(() => wf.Build()).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_StateThatCannotBeSerialised_NamesTheProperty()
    {
        var wf = Workflow.CreateBuilder<Unserialisable>("state");
        wf.Start(wf.AddFunction("a", s => s));

        var e = Assert.Throws<WorkflowDefinitionException>(() => wf.Build());
        Assert.Contains(e.Problems, p => p.Message.Contains("Unserialisable.Inner.Callback", StringComparison.Ordinal));
        Assert.Contains(e.Problems, p => p.Message.Contains("Unserialisable.Pair", StringComparison.Ordinal));
        Assert.Contains(e.Problems, p => p.Message.Contains("Unserialisable.Shape", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_StateThatCanBeChangedInPlace_NamesEveryWay()
    {
        var wf = Workflow.CreateBuilder<Changeable>("state");
        wf.Start(wf.AddFunction("a", s => s));
        var problems = Assert.Throws<WorkflowDefinitionException>(() => wf.Build()).Problems;
        Assert.Contains(problems, p => p.Message.Contains("through the setter of Name", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Message.Contains("'Changeable.Lines' of type List`1 can be changed in place", StringComparison.Ordinal));

        var list = Workflow.CreateBuilder<List<string>>("list");
        list.Start(list.AddFunction("a", s => s));
        Assert.Single(Assert.Throws<WorkflowDefinitionException>(() => list.Build()).Problems);
    }

    [Fact]
    public void Build_OrdinaryState_IsAccepted()
    {
        var wf = Workflow.CreateBuilder<Ordinary>("state");
        wf.Start(wf.AddFunction("a", s => s));
        Assert.Equal("state", wf.Build().Name);
    }

    [Fact]
    public void Build_OptionsOutOfRange_ListsAllOfThem()
    {
        var wf = Workflow.CreateBuilder<Counter>("options");
        var role = new Role { Name = "a/b", Options = new() { Temperature = 3, MaxOutputTokens = 0, TopP = 0 }, MaxRememberedMessages = 1 };
        wf.Start(wf.AddRole(role, _ => "", (s, _) => s, options: new() { Name = "node", Timeout = TimeSpan.Zero, MaxCallRetries = -1, MaxAnswers = 0, RetryDelay = -TimeSpan.FromSeconds(1) }));
        var problems = Assert.Throws<WorkflowDefinitionException>(wf.Build).Problems;
        foreach (var expected in new[] { "'a/b' contains '/'", "Options.Temperature is 3", "Options.MaxOutputTokens is 0", "Options.TopP is 0", "MaxRememberedMessages is 1", "Timeout is 00:00:00", "MaxCallRetries is -1", "MaxAnswers is 0", "RetryDelay is -00:00:01" })
            Assert.Contains(problems, p => p.Message.Contains(expected, StringComparison.Ordinal) && p.Path == "options/node");
    }

    [Fact]
    public async Task RunAsync_OptionsOutOfRange_NamesTheMember()
    {
        var wf = Workflow.CreateBuilder<Counter>("options");
        wf.Start(wf.AddFunction("f", s => s));
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => wf.Build().RunAsync(new(), Helpers.NoModel, new() { MaxSteps = 0 }));
        Assert.Equal("WorkflowRunOptions is not valid: MaxSteps is 0; give at least 1.", error.Message);
    }

    [Fact]
    public void ToMermaid_LoopWithErrorRoute_DrawsNodesLabelsAndEnd()
    {
        var wf = Workflow.CreateBuilder<Counter>("drawn");
        var mend = wf.AddFunction("mend", s => s);
        var ask = wf.AddRole(Helpers.Role("asker"), _ => "?", (s, _) => s, options: new() { OnError = new(mend, (s, _) => s) });
        wf.Start(ask);
        wf.Branch(ask, b => b.When(s => s.Value == 1, Workflow.End, "done").Otherwise(ask, "again"));
        wf.From(mend).Then(Workflow.End);

        Assert.Equal("""
            flowchart TD
                start((start))
                n0["mend"]
                n1(["asker"])
                done((end))
                start --> n1
                n0 --> done
                n1 -->|"done"| done
                n1 -->|"again"| n1
                n1 -.->|error| n0

            """, wf.Build().ToMermaid(), ignoreLineEndingDifferences: true);
    }

    private sealed record Inner(Func<int>? Callback);

    private sealed record Unserialisable(Inner Inner, (int A, int B) Pair, IShape? Shape);

    private sealed class Changeable
    {
        public string Name { get; set; } = "";

        public List<string> Lines { get; init; } = [];
    }

    private interface IShape;

    private sealed record Ordinary(string Text, IReadOnlyList<Counter> Counters, IReadOnlyDictionary<string, int> Map, DateTimeOffset? When, System.Text.Json.JsonElement? Json)
    {
        public int Length => Text.Length;

        public System.Collections.Immutable.ImmutableArray<Microsoft.Extensions.AI.ChatMessage> Messages { get; init; } = [];
    }
}
