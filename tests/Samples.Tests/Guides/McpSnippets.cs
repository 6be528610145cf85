namespace AgentTeams.Tests;

/// <summary>The code of docs/mcp.md, as it stands there, from top to bottom.</summary>
internal static class McpSnippets
{
    public static async Task<string> ConnectAsync(string calculatorDll, TeamRuntime runtime)
    {
        await using var server = await McpToolset.ConnectStdioAsync(new() { Name = "calculator", Command = "dotnet", Arguments = [calculatorDll] });
        foreach (var tool in server.Tools) Console.WriteLine($"{tool.Name}: {tool.Description} {tool.JsonSchema}");
        foreach (var skipped in server.SkippedTools) Console.WriteLine($"{skipped.Name} cannot be used: {skipped.Reason}");

        var solver = new Role { Name = "solver", Instructions = "Use the calculator, then answer.", Tools = [server["calculate"]] };

        var wf = Workflow.CreateBuilder<Sum>("compute");
        var compute = wf.AddTool(server["calculate"], s => new { expression = s.Expression },
            (s, result) => s with { Value = result.IsError ? "none" : result.Text }, new() { ToolFailureAsResult = true });
        wf.Start(compute);
        var workflow = wf.Build();

        var result = await workflow.RunAsync(new Sum("(12+30)*2"), runtime);
        Console.WriteLine($"{solver.Name} {result.State.Value}");
        return result.State.Value;
    }

    public static McpStdioOptions Options()
    {
        var options = new McpStdioOptions
        {
            Name = "issues",
            Command = "issue-server",
            Arguments = ["--read-only"],
            WorkingDirectory = "/srv/issues",
            EnvironmentVariables = new Dictionary<string, string?> { ["ISSUES_PROJECT"] = "agents", ["SHELL"] = null },
            InheritedVariables = ["ISSUES_TOKEN"],
            StartTimeout = TimeSpan.FromSeconds(10),
            CallTimeout = TimeSpan.FromMinutes(2),
            ProgressExtendsTimeout = true,
            MaxCallTime = TimeSpan.FromMinutes(10),
            MaxRestarts = 1,
        };
        return options;
    }

    internal sealed record Sum(string Expression, string Value = "");
}
