using System.Text;
using System.Text.Json;

namespace AgentTeams.Servers;

/// <summary>A language that sandboxes run: where its interpreter is, and what a call is for it.</summary>
internal abstract class Interpreter
{
    /// <summary>What the sandbox has to show and start for a request; a result at once where the code does not compile.</summary>
    /// <exception cref="SandboxException">The interpreter is not on this machine.</exception>
    public abstract Task<(SandboxJob? Job, RunResult? Failure)> PrepareAsync(CodeRequest request, RunnerOptions options, CancellationToken cancellationToken);

    /// <summary>A source of the harness, which runs inside.</summary>
    protected static string Harness(string name)
    {
        using var stream = typeof(Interpreter).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The files that every harness reads.</summary>
    protected static Dictionary<string, byte[]> Files(CodeRequest request, string extension)
    {
        var settings = JsonSerializer.SerializeToUtf8Bytes(new { tests = request.Tests is not null, entry_point = request.EntryPoint });
        var files = new Dictionary<string, byte[]> { ["settings.json"] = settings };
        if (extension.Length == 0) return files;
        files["main" + extension] = Encoding.UTF8.GetBytes(request.Code);
        if (request.Tests is { } tests) files["tests" + extension] = Encoding.UTF8.GetBytes(tests);
        return files;
    }
}
