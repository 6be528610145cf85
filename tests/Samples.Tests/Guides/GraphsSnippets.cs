using AgentTeams.Collaboration;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/graphs.md, which must compile as it stands there, and what it does.</summary>
[Collection(CurrentFolderTests.Name)]
public sealed class GraphsSnippets : IDisposable
{
    private readonly CurrentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Guide_Graph_IsReadRunDesignedAndSearched()
    {
        var guide = File.ReadAllText(GuideCode.PathOf("docs/graphs.md"));
        var yaml = guide[(guide.IndexOf("```yaml\n", StringComparison.Ordinal) + 8)..];
        yaml = yaml[..yaml.IndexOf("```", StringComparison.Ordinal)];
        await File.WriteAllTextAsync("math.yaml", yaml);
        var calculator = AIFunctionFactory.Create((string expression) => expression == "6+2" ? 8 : 0, "calculate");
        var replies = new Dictionary<string, string> { ["planner"] = "\"add\"", ["coder"] = "6+2", ["ann"] = "Yes.", ["bob"] = "yes" };
        var runtime = TeamRuntime.ByRole(replies.ToDictionary(r => r.Key, IChatClient (r) => new ScriptedChatClient(r.Value)));
        var client = new ScriptedChatClient($"```yaml\n{yaml}```");

        var graph = GraphDefinition.Read(File.ReadAllText("math.yaml"));
        var workflow = graph.ToWorkflow([calculator]);
        var answer = await workflow.RunAsync("6 apples and 2 more", runtime);
        Console.WriteLine(workflow.Definition.ToMermaid());

        Assert.Equal("8", answer);

        var designer = new GraphDesigner(client);
        var design = await designer.DesignAsync(new() { Purpose = "Solves sums in words.", Tools = [calculator] });
        Console.WriteLine(design.Graph.ToYaml());

        Assert.Equal(graph, design.Graph);

        Task<double> SuccessAsync(GraphDefinition tried, CancellationToken token) => Task.FromResult(tried.Nodes.Any(n => n.Name == "value") ? 1.0 : 0);
        var search = new GraphSearch(async (g, token) => await SuccessAsync(g, token) - 0.01 * g.Nodes.Length, new() { Trials = 20 });
        await foreach (var trial in search.RunAsync(graph))
        {
            Console.WriteLine($"{trial.Trial}: {trial.Change} {trial.Score:0.00}, best {trial.Best.Score:0.00}");
        }
    }
}
