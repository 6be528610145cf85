namespace AgentTeams.Samples;

/// <summary>A team read from YAML, written back, and made better by a search over its changes.</summary>
internal static class Graph
{
    private const string Yaml = """
        name: report
        roles:
          writer: { instructions: Write. }
          critic: { instructions: Say ok or what is missing., choices: [ok, more] }
        nodes:
          draft: { role: writer, prompt: "{task} {judge}", next: judge }
          judge:
            role: critic
            prompt: "{draft}"
            next:
              - when: { text: judge, is: ok }
                to: end
              - when: { visits: judge, at_least: 3 }
                to: end
              - to: draft
        start: draft
        answer: "{draft}"
        """;

    public static async Task RunAsync()
    {
        var graph = GraphDefinition.Read(Yaml);
        var runtime = Cast.Play((role, asked) => role == "critic" ? asked.Contains("source", StringComparison.Ordinal) ? "ok" : "more"
            : asked.Contains("more", StringComparison.Ordinal) ? "A whale is a mammal (source: a zoologist)." : "A whale is a mammal.");

        Console.WriteLine(Cast.Short(await graph.ToWorkflow().RunAsync("Is a whale a fish?", runtime)));
        if (!Cast.IsLocal) Console.WriteLine(graph.ToWorkflow().Definition.ToMermaid());

        async Task<double> ScoreAsync(GraphDefinition tried, CancellationToken token)
        {
            var end = await tried.ToWorkflow().Definition.RunAsync(new("Is a whale a fish?"), runtime, cancellationToken: token);
            return (end.State.Fill(tried.Answer).Contains("source", StringComparison.Ordinal) ? 1 : 0) - (0.01 * end.Nodes.Length);
        }

        await foreach (var trial in new GraphSearch(ScoreAsync, new() { Trials = 4 }).RunAsync(graph))
            Console.WriteLine($"{trial.Trial}: {(trial.Change.Length == 0 ? "as it is" : trial.Change)}, best {trial.Best.Score:0.00}");
    }
}
