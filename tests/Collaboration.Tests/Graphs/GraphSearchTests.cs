using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class GraphSearchTests
{
    private const string Chain = """
        name: chain
        roles:
          maker: { instructions: Make. }
          spoiler: { instructions: Spoil. }
          checker: { instructions: Check. }
        nodes:
          make: { role: checker, prompt: "{task}", next: spoil }
          spoil: { role: spoiler, prompt: "{make}", next: check }
          check: { role: maker, prompt: "{task} {make} {spoil}" }
        start: make
        answer: "{check}"
        """;

    [Fact]
    public void Of_Graph_GivesGraphsThatCanBeBuiltAndNoOther()
    {
        var graph = GraphDefinition.Read(GraphTests.Yaml);
        var mutations = GraphMutations.Of(graph);

        Assert.Contains(mutations, m => m.Change == "check by ann alone");
        Assert.Contains(mutations, m => m.Change == "plan by a vote");
        Assert.Contains(mutations, m => m.Change == "plan by coder, code by planner");
        Assert.DoesNotContain(mutations, m => m.Graph == graph);
        Assert.All(mutations, m => Assert.Equal(m.Graph, GraphDefinition.Read(m.Graph.ToYaml())));
        Assert.Equal(mutations.Select(m => m.Change), GraphMutations.Of(graph).Select(m => m.Change));
    }

    [Fact]
    public void Of_ChainWithoutANode_LeadsOnToWhatFollowedIt()
    {
        var without = GraphMutations.Of(GraphDefinition.Read(Chain)).Single(m => m.Change == "without spoil").Graph;

        Assert.Equal(["make", "check"], without.Nodes.Select(n => n.Name));
        Assert.Equal("check", without.Nodes[0].Next.Single().To);
        Assert.Equal("{task} {make}", ((RoleGraphNode)without.Nodes[1]).Prompt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task RunAsync_GraphWithASpoilerAndSwappedRoles_FindsTheOneThatWorks(int seed)
    {
        var trials = await new GraphSearch(ScoreAsync, new() { Trials = 40, Seed = seed }).RunAsync(GraphDefinition.Read(Chain)).ToListAsync();

        Assert.Equal(0, trials[0].Best.Score);
        Assert.Equal(1, trials[^1].Best.Score);
        Assert.Equal(trials.Select(t => t.Best.Score).Order(), trials.Select(t => t.Best.Score));
        Assert.Equal(trials.Count, trials.Select(t => t.Graph).Distinct().Count());
        var again = await new GraphSearch(ScoreAsync, new() { Trials = 40, Seed = seed }).RunAsync(GraphDefinition.Read(Chain)).ToListAsync();
        Assert.Equal(trials.Select(t => t.Change), again.Select(t => t.Change));
    }

    [Fact]
    public async Task RunAsync_GraphsThatCannotBeScored_AreToldAndNeverBest()
    {
        var trials = await new GraphSearch((graph, token) => graph.Nodes.Length == 3 ? Task.FromResult(0.5) : throw new AgentTeamsException("no tool"), new() { Trials = 30 }).RunAsync(GraphDefinition.Read(Chain)).ToListAsync();

        Assert.Contains(trials, t => t is { Score: null, Error: "no tool" });
        Assert.All(trials, t => Assert.Equal(0.5, t.Best.Score));
        await Assert.ThrowsAsync<AgentTeamsException>(async () => await new GraphSearch((_, _) => Task.FromResult(double.NaN)).RunAsync(GraphDefinition.Read(Chain)).ToListAsync());
    }

    [Fact]
    public async Task DesignAsync_AnswersThatAreNoGraphs_AreRefusedWithTheirPlacesAndAskedAgain()
    {
        var client = new ScriptedChatClient($"Here:\n```yaml\n{Chain.Replace("next: check", "next: chek", StringComparison.Ordinal)}\n```", $"```yaml\n{Chain}\n```\nDone.");
        var tool = AIFunctionFactory.Create((string expression) => 1, "calculate", "Computes.");
        var design = await new GraphDesigner(client).DesignAsync(new() { Purpose = "Sums.", Tools = [tool], Feedback = "It failed on ratios.", Current = GraphDefinition.Read(Chain) });

        Assert.Equal(GraphDefinition.Read(Chain), design.Graph);
        Assert.Contains("Line 8", client.Calls[^1].Messages[^1].Text, StringComparison.Ordinal);
        Assert.Contains("which is no node", client.Calls[^1].Messages[^1].Text, StringComparison.Ordinal);
        Assert.Equal(2, design.Run.Nodes.Length);
        var asked = client.Calls[0].Messages;
        Assert.Contains("pattern: concurrent", asked[0].Text, StringComparison.Ordinal);
        Assert.Contains("- calculate: Computes.", asked[1].Text, StringComparison.Ordinal);
        Assert.Contains("It failed on ratios.", asked[1].Text, StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => new GraphDesigner(new ScriptedChatClient("no idea")).DesignAsync(new() { Purpose = "Sums." }));
        Assert.Contains("gave no graph that can be built", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Example_ThatDesignersAreShown_IsAGraph()
    {
        var shown = new GraphDesigner(new ScriptedChatClient("x")).Role.Instructions;
        var graph = GraphDefinition.Read(shown[shown.IndexOf("name: example", StringComparison.Ordinal)..]);

        Assert.Equal(4, graph.Nodes.Length);
        _ = graph.ToWorkflow([AIFunctionFactory.Create((string expression) => 1, "calculate")]);
    }

    [Fact]
    public async Task RunAsync_ChangesProposedByADesigner_AreTried()
    {
        var better = Chain.Replace("{ role: checker, prompt: \"{task}\", next: spoil }", "{ role: maker, prompt: \"{task}\", next: check }", StringComparison.Ordinal).Replace("  spoil: { role: spoiler, prompt: \"{make}\", next: check }\n", "", StringComparison.Ordinal)
            .Replace("role: maker, prompt: \"{task} {make} {spoil}\"", "role: checker, prompt: \"{task} {make}\"", StringComparison.Ordinal);
        var designer = new GraphDesigner(new ScriptedChatClient(better));
        var search = new GraphSearch(ScoreAsync, new()
        {
            Trials = 3, Propose = async (graph, key, token) => [new("designed", (await designer.DesignAsync(new() { Purpose = "Sums.", Current = graph }, key, token)).Graph)],
        });

        var trials = await search.RunAsync(GraphDefinition.Read(Chain)).ToListAsync();

        Assert.Equal(["", "designed"], trials.Select(t => t.Change));
        Assert.Equal(1, trials[^1].Best.Score);
    }

    // The maker must be first, the checker last, and nothing may be spoiled.
    private static async Task<double> ScoreAsync(GraphDefinition graph, CancellationToken cancellationToken)
    {
        var scripts = new Scripts(h => h.Role.StartsWith("spoiler", StringComparison.Ordinal) ? "bad" : h.Role.StartsWith("maker", StringComparison.Ordinal) ? (h.Text == "go" ? "good" : "late")
            : h.Text.Contains("bad", StringComparison.Ordinal) ? "bad" : h.Text.Contains("good", StringComparison.Ordinal) ? "good" : "nothing");
        var end = (await graph.ToWorkflow().Definition.RunAsync(new("go"), scripts.Runtime, cancellationToken: cancellationToken)).State;
        return (end.Texts.ContainsValue("good") ? 0.5 : 0) + (end.Fill(graph.Answer) == "good" ? 0.5 : 0);
    }
}
