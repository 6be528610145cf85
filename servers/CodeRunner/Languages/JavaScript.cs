using System.Globalization;
using System.Text;

namespace AgentTeams.Servers;

/// <summary>JavaScript on Node.js.</summary>
internal sealed class JavaScript(HostProgram host) : Interpreter
{
    public override async Task<(SandboxJob? Job, RunResult? Failure)> PrepareAsync(CodeRequest request, RunnerOptions options, CancellationToken cancellationToken)
    {
        var node = (await host.AskAsync(options.Node, "Node.js", "--node", ["-p", "process.execPath"], cancellationToken)).Trim();
        var files = Files(request, ".js");
        files["harness.js"] = Encoding.UTF8.GetBytes(Harness("harness.js"));
        var heap = Math.Max(options.MemoryBytes / (1024 * 1024), 16).ToString(CultureInfo.InvariantCulture);
        return (new SandboxJob
        {
            Files = files,
            Command = [node, $"--max-old-space-size={heap}", "/code/harness.js"],
            // .../bin/node
            Folders = [Path.GetDirectoryName(Path.GetDirectoryName(node)) ?? "/"],
            StandardInput = request.StandardInput,
            // Its own threads, with their stacks.
            ExtraProcesses = 16,
            ExtraMemoryBytes = 128 * 1024 * 1024,
        }, null);
    }
}
