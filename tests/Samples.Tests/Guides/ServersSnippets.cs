namespace AgentTeams.Tests;

/// <summary>The code of docs/servers.md, as it stands there.</summary>
internal static class ServersSnippets
{
    public static async Task<Coding> CodeAsync(string codeRunnerDll, TeamRuntime runtime, Coding task)
    {
        await using var runner = await McpToolset.ConnectStdioAsync(new() { Name = "code-runner", Command = "dotnet", Arguments = [codeRunnerDll, "--languages", "python", "--time", "5"] });

        var coder = new Role { Name = "coder", Instructions = "Write the function in Python. Nothing else." };
        var wf = Workflow.CreateBuilder<Coding>("code-and-test");
        var code = wf.AddRole(coder, s => s.Failure.Length == 0 ? s.Task : $"{s.Task}\nYour last try:\n{s.Code}\n{s.Failure}", (s, reply) => s with { Code = reply.Text });
        var test = wf.AddTool(runner["run_tests"], s => new { language = "python", code = s.Code, tests = s.Tests, entry_point = s.EntryPoint }, (s, result) => s with
        {
            Outcome = result.Json?.GetProperty("outcome").GetString() ?? "refused",
            Failure = result.Json?.GetProperty("explanation").GetString() ?? result.Text,
        });
        wf.From(code).Then(test);
        wf.Start(wf.AddLoop("repair", code, until: s => s.Outcome == "passed", new() { MaxRounds = 3 }));
        var workflow = wf.Build();

        return (await workflow.RunAsync(task, runtime)).State;
    }

    public static async Task<Role> LibrarianAsync(string retrieverDll, string folder, Func<McpToolset, Task> use)
    {
        await using var texts = await McpToolset.ConnectStdioAsync(new() { Name = "retriever", Command = "dotnet", Arguments = [retrieverDll, "--folder", folder] });
        var librarian = new Role { Name = "librarian", Instructions = "Search, then answer. Cite file and lines.", Tools = [.. texts.Tools] };

        await use(texts);
        return librarian;
    }

    internal sealed record Coding(string Task, string Tests, string EntryPoint, string Code = "", string Outcome = "", string Failure = "");
}
