using System.Runtime.InteropServices;
using AgentTeams.Benchmarks.Mcp;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

// Calls of a tool per second over our toolset and over the client of the bare SDK, in turns, against the same kind of server: in this process and over stdio.
// Pin it to the cores that are meant, for example: taskset -c 0,1 dotnet run -c Release --project benchmarks/Mcp
if (args is ["serve"])
{
    var transport = new StdioServerTransport("bench");
    await using (transport) await Server.RunAsync(transport);
    return 0;
}

Console.WriteLine($"{Environment.ProcessorCount} cores of {Server.Processor()}, {RuntimeInformation.FrameworkDescription}");
var isFast = await MeasureAsync("in process", 2000, InProcess, 4000) & await MeasureAsync("stdio", 500, Stdio, 1500);
return isFast ? 0 : 1;

async Task<bool> MeasureAsync(string name, double target, Func<Task<(McpToolset Ours, McpClient Bare)>> connect, int calls)
{
    var (ours, bare) = await connect();
    await using (ours)
    await using (bare)
    {
        var tool = ours["add"];
        var call = new Dictionary<string, object?> { ["left"] = 20, ["right"] = 22 };
        var isMet = true;
        foreach (var callers in (int[])[1, 16])
        {
            var cost = await Alternating.MeasureAsync(calls, callers,
                async () => ((ToolResult)(await tool.InvokeAsync(new(call)))!).Text,
                async () => ((TextContentBlock)(await bare.CallToolAsync("add", call)).Content[0]).Text);
            Console.WriteLine(FormattableString.Invariant(
                $"{name,-10} {callers,2} at a time: ours {cost.Ours,7:0.0} us a call ({1e6 / cost.Ours,6:0}/s), bare SDK {cost.Bare,7:0.0} us ({1e6 / cost.Bare,6:0}/s), ratio {cost.Ratio:0.00} (at most 1.30)"));
            isMet &= cost.Ratio <= 1.3 && 1e6 / cost.Ours >= target;
        }

        Console.WriteLine(FormattableString.Invariant($"{name,-10} target {target:0}/s and 1.30: {(isMet ? "met" : "missed")}"));
        return isMet;
    }
}

static async Task<(McpToolset Ours, McpClient Bare)> InProcess()
{
    var ours = Server.Pipes();
    var bare = Server.Pipes();
    return (await McpToolset.ConnectAsync(ours.ToServer, ours.FromServer, new() { Name = "bench" }), await McpClient.CreateAsync(new StreamClientTransport(bare.ToServer, bare.FromServer)));
}

static async Task<(McpToolset Ours, McpClient Bare)> Stdio()
{
    // By name, as this process may be dotnet or a program of its own.
    const string Host = "dotnet";
    string[] arguments = [typeof(Server).Assembly.Location, "serve"];
    return (await McpToolset.ConnectStdioAsync(new() { Name = "bench", Command = Host, Arguments = arguments }),
        await McpClient.CreateAsync(new StdioClientTransport(new() { Name = "bench", Command = Host, Arguments = arguments })));
}
