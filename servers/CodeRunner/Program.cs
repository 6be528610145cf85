using System.Globalization;
using AgentTeams.Servers;
using ModelContextProtocol.Server;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return await RunnerCommandLine.Create(async (options, cancellationToken) =>
{
    using var runner = new CodeRunner(options);
    McpServerOptions server = new()
    {
        ServerInfo = new() { Name = "code-runner", Version = "1.0" },
        ServerInstructions = "Runs code without network and without files but a scratch folder, /tmp, that is empty at the start of every call.",
        Capabilities = new() { Tools = new() },
        ToolCollection = new RunnerTools(runner).Create(),
    };
    await using var transport = new StdioServerTransport(server);
    await using var running = McpServer.Create(transport, server);
    await running.RunAsync(cancellationToken);
}).Parse(args).InvokeAsync();
