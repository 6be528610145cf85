namespace AgentTeams.Samples;

/// <summary>A workflow is a node of another one, with a state of its own. Its steps stand in the same record, under the node's id.</summary>
internal static class SubWorkflow
{
    public static async Task RunAsync()
    {
        var inner = Workflow.CreateBuilder<Text>("translate");
        inner.Start(inner.AddRole(new() { Name = "translator" }, s => s.Source, (s, reply) => s with { Target = reply.Text }))
            .Then(inner.AddFunction("tidy", s => s with { Target = s.Target.Trim() }));
        var translate = inner.Build().Bind((string source) => new Text(source), s => s.Target);

        var wf = Workflow.CreateBuilder<Letter>("letter");
        var greet = wf.AddWorkflow(translate, s => s.Greeting, (s, text) => s with { Greeting = text }, new() { Name = "greeting" });
        var close = wf.AddWorkflow(translate, s => s.Close, (s, text) => s with { Close = text }, new() { Name = "close" });
        wf.Start(greet).Then(close);

        var runtime = ScriptedModel.Team((_, text) => text == "Hello" ? " Hallo " : " Tschuess ");
        var result = await wf.Build().RunAsync(new Letter("Hello", "Bye"), runtime);

        Console.WriteLine(result.State);
        foreach (var node in result.Nodes) Console.WriteLine($"{node.Id} ({node.Kind}), parents: {string.Join(", ", node.Parents)}");

        // The same binding runs by itself, and is a tool for roles and agents.
        Console.WriteLine(await translate.RunAsync("Bye", runtime));
        Console.WriteLine(translate.AsAIFunction(runtime).Name);
    }

    private sealed record Text(string Source, string Target = "");

    private sealed record Letter(string Greeting, string Close);
}
