using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/context.md, as it stands there.</summary>
internal static class ContextSnippets
{
    public static async Task<WorkflowResult<Sum>> RunAsync(Workflow<Sum> workflow, Sum initial, TeamRuntime runtime)
    {
        using var store = new SqliteContextStore("context.db");
        var context = new SharedContext(new()
        {
            Store = store,
            Run = "release-42",
            Rights = role => role switch
            {
                "planner" => ContextRights.All,
                "coder" => new() { Reads = ["*"], Writes = ["code/*"] },
                _ => ContextRights.ReadOnly,
            },
        });
        var result = await workflow.RunAsync(initial, runtime, new() { Middleware = [context.ToMiddleware()] });
        return result;
    }

    public static async Task ViewAsync(SharedContext context)
    {
        var view = context.As("planner");
        await view.SetAsync("plan/steps", new[] { "measure", "build" });
        var entry = await view.GetAsync("plan/steps");
        await view.SetAsync("plan/steps", new[] { "measure", "plan", "build" }, expected: entry!.Version);
        foreach (var found in await view.ListAsync("plan/")) Console.WriteLine($"{found.Key} {found.Version} {found.Writer}");
        foreach (var change in await view.GetHistoryAsync("plan/steps")) Console.WriteLine($"{change.Version}: {change.Value}");
        await view.DeleteAsync("plan/steps");
        await foreach (var change in view.WatchAsync(after: entry.Version)) Console.WriteLine($"{change.Key} = {change.Value}");
    }

    public static string Limits()
    {
        using var small = new SqliteContextStore("small.db", new() { Limits = new() { MaxValueBytes = 16 << 10, MaxKeys = 100 }, FlushToDisk = true });
        return small.FilePath;
    }

    public static Workflow<Sum> Node(SharedContext context)
    {
        var wf = Workflow.CreateBuilder<Sum>("publish");
        var publish = wf.AddTool(context.ToolsOf("coder").Single(t => t.Name == "context_set"), s => new { key = "code/sum", value = s.Expression }, (s, written) => s);
        wf.Start(publish);
        return wf.Build();
    }

    public static McpTeamServer Serve(SharedContext context, Role coder, IChatClient chatClient)
    {
        var server = new McpTeamServer(new() { Name = "release" })
            .AddRole(coder, chatClient, new() { Run = run => run with { Middleware = [context.ToMiddleware()] } })
            .AddContext(context, new() { Role = "partner" });
        return server;
    }

    public static async Task<Role> UseAsync()
    {
        await using var release = await McpToolset.ConnectStdioAsync(new() { Name = "release", Command = "release-server" });
        await using var subscription = await release.SubscribeAsync("context://release-42/code/sum", async uri => Console.WriteLine((await release.ReadResourceAsync(uri)).Text));
        var reviewer = new Role { Name = "reviewer", Tools = [.. release.Select("context_*")] };
        return reviewer;
    }

    internal sealed record Sum(string Expression);
}
