using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/mcp-server.md, as it stands there, from top to bottom.</summary>
internal static class TeamServerSnippets
{
    public static async Task ServeAsync(Workflow<MathState> workflow, Role verifier, AIFunction calculator, IChatClient client, CancellationToken cancellationToken)
    {
        var server = new McpTeamServer(new() { Name = "math", Instructions = "Solves word problems." })
            .AddWorkflow(workflow.Bind((Question q) => new MathState(q.Text), s => new Solution(s.Value)), TeamRuntime.ForAll(client))
            .AddRole(verifier, client, new() { Description = "Says whether a solution is right.", Hints = McpServedHints.ReadOnly })
            .AddTool(calculator);
        await server.RunStdioAsync(cancellationToken);
    }

    public static McpTeamServer Keep(McpTeamServer server, BoundWorkflow<string, string> note, TeamRuntime runtime)
    {
        server.AddWorkflow(note, runtime, new() { Checkpoints = new FileCheckpointStore("runs"), Run = run => run with { Budget = new() { MaxModelCalls = 20 } } });
        return server;
    }

    public static async Task HttpAsync(McpTeamServer server, string key)
    {
        await using var listening = await server.StartHttpAsync(new()
        {
            Port = 3001,
            ApiKeys = new Dictionary<string, string> { ["desk"] = key },
            AllowedOrigins = ["https://app.example.org"],
        });
        Console.WriteLine(listening.Endpoint);
    }

    public static void Map(WebApplicationBuilder builder, WebApplication app, McpTeamServer server)
    {
        builder.Services.AddTeamMcpServer(server);
        app.MapTeamMcpServer("/mcp").RequireAuthorization();
    }

    internal sealed record Question(string Text);

    internal sealed record Solution(int Value);

    internal sealed record MathState(string Question, int Value = 0);
}
