using AgentTeams.Mcp;
using AgentTeams.Workflows;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using MyServer;

// With --check the program starts itself as a server and calls a tool, as a team does.
if (args is ["--check"])
{
    await using var server = await McpToolset.ConnectStdioAsync(new() { Command = Environment.ProcessPath!, Name = "tools" });
    var sum = await server.Tools.Single(t => t.Name == "add").InvokeAsync(new() { ["a"] = 2, ["b"] = 3 });
    Console.WriteLine($"{string.Join(", ", server.Tools.Select(t => t.Name))}: 2 + 3 = {((ToolResult)sum!).Text}");
    return;
}

var options = new McpServerOptions
{
    ServerInfo = new Implementation { Name = "MyServer", Version = "1.0.0" },
    ToolCollection = [.. typeof(OfferedTools).GetMethods().Where(m => m.IsDefined(typeof(McpServerToolAttribute), false)).Select(m => McpServerTool.Create(m))],
};
await using var transport = new StdioServerTransport(options);
await using var running = McpServer.Create(transport, options);
await running.RunAsync();
