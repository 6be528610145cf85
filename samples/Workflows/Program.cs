using System.Diagnostics;
using AgentTeams.Samples;
using Parallel = AgentTeams.Samples.Parallel;
using Switch = AgentTeams.Samples.Switch;

var samples = new Dictionary<string, Func<Task>>
{
    ["parallel"] = Parallel.RunAsync,
    ["race"] = Race.RunAsync,
    ["switch"] = Switch.RunAsync,
    ["loop"] = Loop.RunAsync,
    ["map"] = Map.RunAsync,
    ["sub-workflow"] = SubWorkflow.RunAsync,
    ["human"] = Human.RunAsync,
    ["error-route"] = ErrorRoute.RunAsync,
    ["tools"] = Tools.RunAsync,
    ["code"] = Code.RunAsync,
    ["resume"] = Resume.RunAsync,
    ["fork-and-replay"] = ForkAndReplay.RunAsync,
    ["middleware"] = Middleware.RunAsync,
    ["budgets"] = Budgets.RunAsync,
    ["events"] = Events.RunAsync,
};

switch (args)
{
    case []:
        Console.WriteLine(string.Join('\n', samples.Keys));
        return 0;
    case ["all"]:
        foreach (var name in samples.Keys)
        {
            Console.WriteLine($"--- {name}");
            if (name is "human" or "resume") await StartAsync(name);
            if (await StartAsync(name) is not 0 and var code) return code;
        }

        return 0;
    case [var name] when samples.TryGetValue(name, out var run):
        await run();
        return 0;
    default:
        Console.Error.WriteLine($"There is no such sample. Name one of: {string.Join(", ", samples.Keys)}, all.");
        return 1;
}

// A process of its own for each, as one of them ends its process in the middle.
static async Task<int> StartAsync(string name)
{
    using var process = Process.Start("dotnet", [Environment.GetCommandLineArgs()[0], name]);
    await process.WaitForExitAsync();
    return process.ExitCode;
}
