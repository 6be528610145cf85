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

    public static async Task<string> HttpAsync(string apiKey, Func<CancellationToken, ValueTask<string>> FreshTokenAsync)
    {
        await using var issues = await McpToolset.ConnectHttpAsync(new()
        {
            Name = "issues",
            Endpoint = new("https://tools.example.com/mcp"),
            Headers = new Dictionary<string, string> { ["X-Api-Key"] = apiKey },
            BearerTokenProvider = async cancellationToken => await FreshTokenAsync(cancellationToken),
        });
        return issues.Name;
    }

    public static Role Permissions(McpToolset files, McpToolset web, McpToolset database)
    {
        var editor = new Role
        {
            Name = "editor",
            Tools =
            [
                .. files.Select("read_*", "search_files").Prefixed("docs_").Where("path", McpArgument.Under("/srv/docs")),
                .. web.Select("search").Prefixed("web_").Where("engine", McpArgument.OneOf("internal", "papers")),
                .. database.Select(tool => tool.Annotations.IsReadOnly),
            ],
        };
        return editor;
    }

    public static async Task<Role> ResourceAsync(McpToolset server)
    {
        var style = await server.ReadResourceAsync("docs://style");
        var writer = new Role { Name = "writer", Instructions = $"Write by these rules.\n{style.Text}" };
        return writer;
    }

    public static Workflow<Article> Resource(McpToolset server, Role author)
    {
        var wf = Workflow.CreateBuilder<Article>("write");
        var rules = wf.AddTool(server.Resource("docs://{topic}", "rules"), s => new { topic = s.Topic }, (s, read) => s with { Rules = read.Text });
        var write = wf.AddRole(author, s => $"{s.Rules}\n\nWrite about {s.Topic}.", (s, reply) => s with { Text = reply.Text });
        wf.Start(rules).Then(write);
        return wf.Build();
    }

    public static McpStdioOptions Asking()
    {
        var options = new McpStdioOptions
        {
            Name = "deployer",
            Command = "deploy-server",
            Elicitation = McpElicitation.AskRun,
            Sampling = new(new Role { Name = "helper", Instructions = "Answer the server in one line.", Trainable = false }) { MaxRequests = 2, MaxTokens = 200 },
            Roots = ["/srv/deploy"],
        };
        return options;
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
            Progress = new Progress<McpProgress>(p => Console.WriteLine($"{p.Tool}: {p.Fraction:P0} {p.Message}")),
            MaxResultBytes = 256 * 1024,
            MaxRestarts = 1,
        };
        return options;
    }

    internal sealed record Sum(string Expression, string Value = "");

    internal sealed record Article(string Topic, string Rules = "", string Text = "");
}
