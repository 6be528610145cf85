using System.ComponentModel;
using System.Diagnostics;
using ModelContextProtocol.Server;

namespace AgentTeams.KillMcp;

/// <summary>The server that is killed. It starts a process of its own, which nobody kills for it.</summary>
internal static class KilledServer
{
    public static async Task<int> RunAsync()
    {
        using var grandchild = Process.Start(new ProcessStartInfo("sleep", "3600") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var options = new McpServerOptions
        {
            ServerInfo = new() { Name = "killed", Version = "1" },
            ToolCollection = [McpServerTool.Create(WorkAsync, new() { Name = "work" }), McpServerTool.Create(CalculateAsync, new() { Name = "calculate" })],
        };
        await using var server = McpServer.Create(new StdioServerTransport("killed"), options);
        await server.RunAsync();
        return 0;
    }

    [Description("Says what it was told, after a while.")]
    private static async Task<string> WorkAsync(string text, int milliseconds, CancellationToken cancellationToken)
    {
        await Task.Delay(milliseconds, cancellationToken);
        return text;
    }

    [Description("Calculates.")]
    private static async Task<string> CalculateAsync(int left, string op, int right, CancellationToken cancellationToken)
    {
        await Task.Delay(2, cancellationToken);
        return FormattableString.Invariant($"{op switch { "+" => left + right, "-" => left - right, _ => left * right }}");
    }
}
