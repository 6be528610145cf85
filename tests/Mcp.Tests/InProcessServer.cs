using System.IO.Pipelines;
using ModelContextProtocol.Server;

namespace AgentTeams.Tests;

/// <summary>An MCP server in this process, at the other end of two pipes.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly McpServerPrimitiveCollection<McpServerTool> _tools = [];
    private readonly McpServer _server;
    private readonly Task _run;

    public InProcessServer(params (string Name, Delegate Function)[] tools)
    {
        foreach (var (name, function) in tools) Add(name, function);
        McpServerOptions options = new() { ServerInfo = new() { Name = "in-process", Version = "1" }, Capabilities = new() { Tools = new() { ListChanged = true } }, ToolCollection = _tools };
        _server = McpServer.Create(new StreamServerTransport(_toServer.Reader.AsStream(), _toClient.Writer.AsStream(), "in-process"), options);
        _run = _server.RunAsync();
    }

    public Task<McpToolset> ConnectAsync(Func<McpOptions, McpOptions>? configure = null)
    {
        var options = new McpOptions { Name = "in-process" };
        return McpToolset.ConnectAsync(_toServer.Writer.AsStream(), _toClient.Reader.AsStream(), configure?.Invoke(options) ?? options);
    }

    public void Add(string name, Delegate function) => _tools.Add(McpServerTool.Create(function, new() { Name = name }));

    /// <summary>Ends the server's output, as the death of a process does.</summary>
    public void Die() => _toClient.Writer.Complete();

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _server.DisposeAsync();
        await _run;
    }
}
