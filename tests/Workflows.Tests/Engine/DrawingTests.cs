namespace AgentTeams.Tests;

public sealed class DrawingTests
{
    private static Workflow<Reviews> Drawn() => Graphs.Build(wf =>
    {
        var both = wf.AddParallel("both", p => p.Branch(wf.Note("a")).Branch(wf.Note("b"), when: s => s.Round > 0));
        wf.From(both).Then(wf.AddHuman<string, string>("ask", s => "ok?", (s, a) => s));
        return both;
    });

    [Fact]
    public void ToMermaid_Branches_LeadToTheirJoin()
    {
        var drawing = Drawn().ToMermaid();

        foreach (var line in (string[])["n2{{\"both\"}}", "n2 --> n0", "n2 -.-> n1", "n0 --> j2", "n1 --> j2", "j2 --> n3", "n3 --> done", "n3[/\"ask\"/]"])
            Assert.Contains("    " + line + "\n", drawing, StringComparison.Ordinal);
    }

    [Fact]
    public void ToDot_QuotesAndShapes_AreDrawn()
    {
        var drawing = Drawn().ToDot();

        foreach (var line in (string[])["n2 [label=\"both\", shape=hexagon]", "n2 -> n1 [style=dashed]", "j2 -> n3", "n3 [label=\"ask\", shape=parallelogram]"])
            Assert.Contains("    " + line + ";\n", drawing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToMermaid_ProgressOfARunThatWaits_ColoursItsNodes()
    {
        var (workflow, progress) = (Drawn(), new WorkflowProgress());
        await foreach (var e in workflow.StreamAsync(new(), Helpers.NoModel)) progress.Add(e);

        Assert.Equal(NodeProgress.Waiting, progress.Nodes["ask"]);
        Assert.Equal(NodeProgress.Completed, progress.Nodes["both"]);
        Assert.Contains("class n3 waiting", workflow.ToMermaid(progress.Nodes), StringComparison.Ordinal);
        Assert.DoesNotContain("b", progress.Nodes.Keys);
    }
}
