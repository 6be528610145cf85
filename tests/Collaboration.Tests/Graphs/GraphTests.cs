using Json.Schema;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class GraphTests
{
    internal const string Yaml = """
        name: math
        description: Solves small sums.
        roles:
          planner: { instructions: Name the operation., choices: [add, multiply] }
          coder: { instructions: Write the expression. }
          ann: {}
          bob: {}
          cat: { temperature: 0.25, max_tokens: 8, remembers: true, description: counts }
        nodes:
          plan: { role: planner, prompt: "{task} {check}", next: both }
          both: { parallel: [code, note], next: value }
          code: { role: coder, prompt: "{task}\n{plan}" }
          note: { role: cat, prompt: "Note {plan}" }
          value: { tool: calculate, arguments: { expression: "{code}" }, next: check }
          check:
            pattern: concurrent
            members: [ann, bob]
            prompt: "{value} for {task} ({both})?"
            next:
              - when: { text: check, is: "Yes" }
                to: end
              - when: { visits: check, at_least: 3 }
                to: end
              - to: plan
        start: plan
        answer: "{value} by {plan}"
        """;

    private static readonly AIFunction Calculate = AIFunctionFactory.Create((string expression) => expression == "2+3" ? 5 : 6, "calculate");

    [Fact]
    public async Task ToWorkflow_Graph_RunsAsItSays()
    {
        var scripts = Script();
        var workflow = GraphDefinition.Read(Yaml).ToWorkflow([Calculate]);
        var result = await workflow.Definition.RunAsync(new("2 and 3"), scripts.Runtime);

        Assert.Equal("5 by add", result.State.Fill("{value} by {plan}"));
        Assert.Equal("5 by add", await workflow.RunAsync("2 and 3", Script().Runtime));
        Assert.Equal(["planner", "coder", "cat", "ann", "bob", "planner", "coder", "cat", "ann", "bob"], scripts.Calls.Select(c => c.Role));
        Assert.Equal("2 and 3 no", scripts.AskedOf("planner").ElementAt(1));
        Assert.Equal("5 for 2 and 3 (2+3\nnoted)?", scripts.AskedOf("ann").Last().Split("\n\n")[0]);
        Assert.Equal(2, result.State.Visits["check"]);
    }

    [Fact]
    public async Task ToWorkflow_KilledAtEveryCommit_ResumesToTheSameState()
    {
        var workflow = GraphDefinition.Read(Yaml).ToWorkflow([Calculate]);
        var undisturbed = new ListStore();
        var expected = await workflow.Definition.RunAsync(new("2 and 3"), Script().Runtime, new() { Checkpoints = undisturbed, RunId = "run" });

        for (var at = 0; at < undisturbed.Appends; at++)
        {
            var store = new ListStore { DieAt = at };
            await Assert.ThrowsAnyAsync<Exception>(() => workflow.Definition.RunAsync(new("2 and 3"), Script().Runtime, new() { Checkpoints = store, RunId = "run" }));
            store.DieAt = null;

            var result = await workflow.Definition.RunAsync(new("2 and 3"), Script().Runtime, new() { Checkpoints = store, RunId = "run" });

            Assert.Equal(Teams.Write(expected.State), Teams.Write(result.State));
        }
    }

    [Fact]
    public void WriteRead_YamlAndJson_GiveAnEqualGraph()
    {
        var graph = GraphDefinition.Read(Yaml);

        Assert.Equal(graph, GraphDefinition.Read(graph.ToYaml()));
        Assert.Equal(graph, GraphDefinition.Read(graph.ToJson()));
        Assert.Equal(graph.ToYaml(), GraphDefinition.Read(graph.ToJson()).ToYaml());
        Assert.Contains("\"Yes\"", graph.ToJson(), StringComparison.Ordinal);
        Assert.NotEqual(graph, graph with { Answer = "{plan}" });
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("12")]
    [InlineData(" # no comment: {x}")]
    [InlineData("line one\nline two\n")]
    [InlineData("null")]
    [InlineData("'quoted' \"twice\" \\ \t")]
    public void WriteRead_TextsThatYamlCouldTakeForSomethingElse_StayTexts(string text)
    {
        var graph = new GraphDefinition
        {
            Name = "odd", Start = "a", Answer = "{a}", Roles = GraphDefinition.Read(Yaml).Roles.SetItem("ann", new() { Instructions = text }),
            Nodes = [new RoleGraphNode { Name = "a", Role = "ann", Prompt = text.Replace("{x}", "", StringComparison.Ordinal), Next = [new("end", new("a", GraphTest.Contains, text)), new("a")] }],
        };

        Assert.Equal(graph, GraphDefinition.Read(graph.ToYaml()));
        Assert.Equal(graph, GraphDefinition.Read(graph.ToJson()));
    }

    public static TheoryData<string, string, string> Broken => new()
    {
        { "next: both", "next: bth", "Line 10, column 58: 'plan' leads to 'bth', which is no node." },
        { "role: coder", "role: codr", "Line 12, column 9: 'code' names the role 'codr', which is not declared." },
        { "prompt: \"Note {plan}\"", "prompt: \"Note {pln}\"", "Line 13, column 9: A text names '{pln}', which is no node." },
        { "max_tokens: 8", "max_token: 8", "Line 8, column 29: There is no 'max_token' here." },
        { "max_tokens: 8", "max_tokens: eight", "Line 8, column 41: 'max_tokens' is not a whole number of at least 1." },
        { "pattern: concurrent", "pattern: concurent", "'pattern' is 'concurent', which there is not. Give one of sequential, concurrent," },
        { "      - to: plan", "", "The last way from 'check' has a condition" },
        { "start: plan", "start: pln", "Line 1, column 1: The start 'pln' is no node." },
        { "text: check, is", "text: chek, is", "The condition names 'chek', which is no node." },
        { "at_least: 3", "at_most: 3", "The condition on visits needs at_least, a number." },
        { "parallel: [code, note]", "parallel: [code]", "'parallel' is not a list of at least 2 texts." },
        { "value: { tool: calculate,", "value: { tool: calculate, role: coder,", "It has role and tool; give one of them." },
        { "answer: \"{value} by {plan}\"", "", "Line 1, column 1: 'answer' is missing." },
        { "name: math", "name: [math]", "Line 1, column 7: 'name' is not a text." },
        { "name: math", "name: math: x", "It is not YAML" },
        { "  ann: {}", "  ann: {}\n  ann: {}", "It is not YAML" },
        { "  value:", "  end:", "A node is named 'end', which has a meaning of its own." },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_WhatIsNoGraph_IsToldWithItsPlace(string from, string to, string message)
    {
        Assert.Contains(from, Yaml, StringComparison.Ordinal);
        var error = Assert.Throws<GraphFormatException>(() => GraphDefinition.Read(Yaml.Replace(from, to, StringComparison.Ordinal)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralProblems_AreAllToldInTheirOrder()
    {
        var error = Assert.Throws<GraphFormatException>(() => GraphDefinition.Read("name: x\nnodes:\n  a: { role: r, promt: hi }\nfoo: 1\n"));

        Assert.Equal(["Line 1, column 1: 'answer' is missing.", "Line 1, column 1: 'start' is missing."], error.Problems.Take(2).Select(p => p.ToString()).Order(StringComparer.Ordinal));
        Assert.Contains(error.Problems, p => p is { Line: 3 } && p.Message.Contains("'prompt' is missing", StringComparison.Ordinal));
        Assert.Contains(error.Problems, p => p is { Line: 3, Column: 17 } && p.Message.Contains("There is no 'promt' here", StringComparison.Ordinal));
        Assert.Contains(error.Problems, p => p is { Line: 4, Column: 1 });
        Assert.Equal(error.Problems.Select(p => (p.Line, p.Column)).Order(), error.Problems.Select(p => (p.Line, p.Column)));
    }

    [Fact]
    public void ToWorkflow_MissingToolOrLooseNode_IsNamed()
    {
        var graph = GraphDefinition.Read(Yaml);

        Assert.Contains("names the tool 'calculate', which was not given", Assert.Throws<AgentTeamsException>(() => graph.ToWorkflow()).Message, StringComparison.Ordinal);
        var loose = graph with { Nodes = graph.Nodes.Add(new RoleGraphNode { Name = "loose", Role = "ann", Prompt = "?" }) };
        Assert.Contains("loose", Assert.ThrowsAny<AgentTeamsException>(() => loose.ToWorkflow([Calculate])).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "name: " + new string('[', 200_000), "deep inside of each other" },
        { string.Concat(Enumerable.Repeat("{\"a\": ", 200_000)), "deep inside of each other" },
        { Of("  a: { parallel: [a, b] }\n  b: { role: r, prompt: x }"), "Line 5, column 6: 'a' stands inside of itself" },
        { Of("  a: { parallel: [b, c] }\n  b: { parallel: [a, c] }\n  c: { role: r, prompt: x }"), "Line 5, column 6: 'a' stands inside of itself" },
        { Of(string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"  {(i == 0 ? "a" : $"n{i}")}: {{ parallel: [n{i + 1}, b{i}] }}\n  b{i}: {{ role: r, prompt: x }}")) + "\n  n20000: { role: r, prompt: x }"), "more than 32 deep" },
        { Of("  a: { pattern: mixture-of-agents, members: [r, s], judge: t, rounds: 2000000000, prompt: x }"), "at most 100" },
        { Of("  a: { role: r, prompt: x }\n  !x a: { role: s, prompt: x }"), "Line 6, column 3: There are two 'a' here." },
        { Of("  a: { tool: t, arguments: { x: a, !x x: b } }"), "There are two 'x' here." },
        { Of("  a: { pattern: sequential, members: [r, s], rounds: 3, prompt: x }"), "has no rounds" },
        { Of("  a: { pattern: dynamic, members: [r, s], judge: t, prompt: x }"), "has no judge" },
        { Of("  a: { pattern: generate-verify-refine, members: [r, s], judge: t, prompt: x }"), "has one member" },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Read_WhatWouldHarmOrBeLost_IsRefused(string text, string message)
    {
        var error = Assert.Throws<GraphFormatException>(() => GraphDefinition.Read(text));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToWorkflow_MadeInCodeInsideOfItselfOrTwice_IsRefused()
    {
        var graph = new GraphDefinition { Name = "g", Nodes = [new ParallelGraphNode { Name = "a", Branches = ["a", "a"] }], Start = "a", Answer = "{a}" };

        Assert.Contains("inside of itself", Assert.Throws<AgentTeamsException>(() => graph.ToWorkflow()).Message, StringComparison.Ordinal);
        Assert.Contains("Two nodes", Assert.Throws<AgentTeamsException>(() => (graph with { Nodes = [.. graph.Nodes, .. graph.Nodes] }).ToWorkflow()).Message, StringComparison.Ordinal);
        Assert.Contains("Two tools", Assert.Throws<AgentTeamsException>(() => graph.ToWorkflow([Calculate, Calculate])).Message, StringComparison.Ordinal);
    }

    private static string Of(string nodes) => $"name: g\nroles: {{ r: {{}}, s: {{}}, t: {{}} }}\nstart: a\nnodes:\n{nodes}\nanswer: x\n";

    [Fact]
    public void ToRoles_Roles_AreAsDeclared()
    {
        var roles = GraphDefinition.Read(Yaml).ToRoles();
        var cat = roles.Single(r => r.Name == "cat");

        Assert.Equal((0.25f, 8, MemoryPolicy.Conversation, "counts"), (cat.Options.Temperature, cat.Options.MaxOutputTokens, cat.Memory, cat.Description));
        Assert.Equal("""{"enum":["add","multiply"]}""", roles.Single(r => r.Name == "planner").Options.ResponseSchema.ToString());
    }

    [Fact]
    public void Schema_OfTheGuide_HoldsForGraphsAndNotForOthers()
    {
        var schema = JsonSchema.FromText(File.ReadAllText(GuideCode.PathOf("docs/schema/graph.schema.json")));
        bool Holds(string json) => schema.Evaluate(System.Text.Json.JsonElement.Parse(json)).IsValid;
        var json = GraphDefinition.Read(Yaml).ToJson();

        Assert.True(Holds(json));
        foreach (var (from, to) in new[] { ("\"start\"", "\"begin\""), ("\"concurrent\"", "\"concurent\""), ("\"role\": \"coder\"", "\"role\": 3"), ("\"at_least\": 3", "\"at_least\": 0"), ("\"visits\"", "\"visit\"") })
        {
            Assert.Contains(from, json, StringComparison.Ordinal);
            Assert.False(Holds(json.Replace(from, to, StringComparison.Ordinal)), from);
        }
    }

    internal static Scripts Script() => new(h => h.Role switch
    {
        "planner" => h.Text.EndsWith("no", StringComparison.Ordinal) ? "\"add\"" : "\"multiply\"",
        "coder" => h.Text.Contains("add", StringComparison.Ordinal) ? "2+3" : "2*3",
        "cat" => "noted",
        _ => h.Text.StartsWith('5') ? " YES " : "no",
    });
}
