namespace AgentTeams.Samples;

/// <summary>A workflow written as code. A resumed run runs the code again from its beginning; steps that were made give their recorded results.</summary>
internal static class Code
{
    public static async Task RunAsync()
    {
        var (planner, searcher, writer) = (new Role { Name = "planner" }, new Role { Name = "searcher" }, new Role { Name = "writer" });
        var research = Workflow.FromDelegate<string, string>("research", async (steps, question, _) =>
        {
            var plan = await steps.AskAsync(planner, question);
            var found = await steps.MapAsync(plan.Text.Split(", "), async (branch, query) => (await branch.AskAsync(searcher, query)).Text, maxConcurrency: 2);
            string audience;
            try
            {
                audience = await steps.StepAsync<string>("read the settings", _ => throw new IOException("no settings"));
            }
            catch (WorkflowNodeException)
            {
                audience = "children";
            }

            for (var round = 1; ; round++)
            {
                var text = (await steps.AskAsync(writer, $"{string.Join(", ", found)} for {audience}, version {round}")).Text;
                if (await steps.RequestAsync<string, bool>("publish", text)) return text;
            }
        });

        var asked = 0;
        var runtime = ScriptedModel.Team((role, text) =>
        {
            Interlocked.Increment(ref asked);
            return role switch { "planner" => "light, air", "searcher" => $"{text}: found", _ => $"A text of {text}" };
        });
        var waiting = await research.Definition.RunAsync(new("Why is the sky blue?"), runtime);
        while (!waiting.IsCompleted)
        {
            var request = waiting.Requests.Single();
            var isLast = request.Id.EndsWith("#1", StringComparison.Ordinal);
            Console.WriteLine($"{request.Id}: {request.Read<string>()} -> {isLast}");
            waiting = await research.Definition.ResumeAsync(await research.Definition.AnswerAsync(waiting.Run, request.Id, isLast), runtime);
        }

        Console.WriteLine(waiting.State.Output);
        Console.WriteLine($"models were asked {asked} times for {waiting.Nodes.Count(n => n.Kind == NodeKind.Role)} calls in the record:");
        Console.WriteLine(string.Join(", ", waiting.Nodes.Select(n => n.Id)));
    }
}
