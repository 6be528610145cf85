using System.IO.Pipelines;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Benchmarks.Mcp;

/// <summary>The server that both clients call: the SDK's, with one tool.</summary>
internal static class Server
{
    public static async Task RunAsync(ITransport transport)
    {
        var options = new McpServerOptions { ServerInfo = new() { Name = "bench", Version = "1" }, ToolCollection = [McpServerTool.Create((int left, int right) => $"{left + right}", new() { Name = "add" })] };
        await using var server = McpServer.Create(transport, options);
        await server.RunAsync();
    }

    /// <summary>A server in this process, as the streams that a client has of it.</summary>
    public static (Stream ToServer, Stream FromServer) Pipes()
    {
        var (toServer, fromServer) = (new Pipe(), new Pipe());
        _ = RunAsync(new StreamServerTransport(toServer.Reader.AsStream(), fromServer.Writer.AsStream(), "bench"));
        return (toServer.Writer.AsStream(), fromServer.Reader.AsStream());
    }

    public static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
