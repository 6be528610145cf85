using AgentTeams.Mcp;
using AgentTeams.Storage;

namespace AgentTeams.Samples;

/// <summary>Two teams share a context: what one writes the other reads, of two changes of one version the second is refused, and so is what a role may not write.</summary>
internal static class SharingTeams
{
    public static async Task RunAsync()
    {
        var context = new SharedContext(new()
        {
            Store = new InMemoryContextStore(),
            Run = "bridge",
            Rights = role => role == "surveyor" ? new() { Reads = ["*"], Writes = ["facts/*"] } : new() { Reads = ["facts/*", "plan"], Writes = ["plan"] },
        });
        var runtime = Cast.Play((role, asked) => role == "surveyor" ? "40 m" : $"Three spans for {asked}.");
        var options = new WorkflowRunOptions { Middleware = [context.ToMiddleware()] };

        var survey = Workflow.CreateBuilder<Conversation>("survey");
        survey.Start(survey.AddRole(Cast.Role("surveyor"), s => s.Task, (s, reply) => s with { Answer = reply.Text }))
            .Then(survey.AddTool(Tool("surveyor", "context_set"), s => new { key = "facts/length", value = s.Answer }, (s, result) => s));
        var plan = Workflow.CreateBuilder<Conversation>("plan");
        plan.Start(plan.AddTool(Tool("planner", "context_get"), _ => new { key = "facts/length" }, (s, result) => s with { Task = result.Json!.Value.GetProperty("value").GetString()! }))
            .Then(plan.AddRole(Cast.Role("planner"), s => s.Task, (s, reply) => s with { Answer = reply.Text }))
            .Then(plan.AddTool(Tool("planner", "context_set"), s => new { key = "plan", value = s.Answer, expectedVersion = 0 }, (s, result) => s, Told()))
            .Then(plan.AddTool(Tool("planner", "context_set"), _ => new { key = "plan", value = "Four spans.", expectedVersion = 0 }, Show, Told("late")))
            .Then(plan.AddTool(Tool("planner", "context_set"), _ => new { key = "facts/length", value = "50 m" }, Show, Told("denied")));
        await survey.Build().RunAsync(new("How long is the bridge?"), runtime, options);
        await plan.Build().RunAsync(new(""), runtime, options);

        var change = context.As("surveyor").WatchAsync().GetAsyncEnumerator();
        await using (change)
        {
            for (var left = await context.As("surveyor").GetVersionAsync(); left > 0 && await change.MoveNextAsync(); left--)
                Console.WriteLine($"version {change.Current.Version}, {change.Current.Writer}: {change.Current.Key} = {Cast.Short(change.Current.Value!.Value.GetString()!)}");
        }

        AIFunction Tool(string role, string name) => context.ToolsOf(role).Single(t => t.Name == name);
        static NodeOptions<Conversation> Told(string? name = null) => new() { Name = name, ToolFailureAsResult = true };
        static Conversation Show(Conversation state, ToolResult result)
        {
            Console.WriteLine(result.Text);
            return state;
        }
    }
}
