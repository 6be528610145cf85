using System.Text;
using System.Text.Json;

namespace AgentTeams.Servers;

/// <summary>Python 3, with the packages of its own folder.</summary>
internal sealed class Python(HostProgram host) : Interpreter
{
    // Behind a version manager's shim or a virtual environment lie other folders; the interpreter itself knows which.
    private const string Where = "import json,sys; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix]))";

    public override async Task<(SandboxJob? Job, RunResult? Failure)> PrepareAsync(CodeRequest request, RunnerOptions options, CancellationToken cancellationToken)
    {
        var where = JsonSerializer.Deserialize<string[]>(await host.AskAsync(options.Python, "Python", "--python", ["-c", Where], cancellationToken))!;
        var files = Files(request, ".py");
        files["harness.py"] = Encoding.UTF8.GetBytes(Harness("harness.py"));
        return (new SandboxJob
        {
            Files = files,
            Command = [where[0], "-s", "-B", "/code/harness.py"],
            Folders = [.. where[1..].Distinct()],
            StandardInput = request.StandardInput,
            // The order of a set of strings is then the same in every run.
            Environment = new Dictionary<string, string> { ["PYTHONHASHSEED"] = "0", ["PYTHONUTF8"] = "1" },
            LimitsAddressSpace = true,
        }, null);
    }
}
