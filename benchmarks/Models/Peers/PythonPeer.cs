using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AgentTeams.Benchmarks.Models;

/// <summary>A program that does the same work in another framework and prints its rates as JSON.</summary>
/// <param name="python">The interpreter.</param>
/// <param name="script">The program.</param>
internal sealed class PythonPeer(string python, string script)
{
    public Task<JsonNode> DumpAsync(string directory, ModelShape shape, CancellationToken cancellationToken) => RunAsync(["dump", directory, .. shape.Arguments], cancellationToken);

    public Task<JsonNode> MeasureAsync(ModelShape shape, CancellationToken cancellationToken) => RunAsync(["bench", .. shape.Arguments], cancellationToken);

    private async Task<JsonNode> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(python, [script, .. arguments]) { RedirectStandardOutput = true } };
        process.Start();
        await using var registration = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new AgentTeamsException($"The peer '{python} {script}' exited with {process.ExitCode}. It needs PyTorch; see its help.");
        return JsonNode.Parse(output.Trim().Split('\n')[^1])!;
    }
}
