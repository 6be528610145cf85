using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.CodeAnalysis;

namespace AgentTeams.Servers;

/// <summary>C#: compiled here, run on the runtime that runs this server.</summary>
internal sealed class CSharp : Interpreter
{
    // .../shared/Microsoft.NETCore.App/VERSION/
    private static readonly string Runtime = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');
    private static readonly string Root = Path.GetFullPath(Path.Combine(Runtime, "..", "..", ".."));
    private static readonly Lazy<byte[]> HarnessAssembly = new(CompileHarness);

    // Not on the thread that reads the client's messages, one of which may cancel this.
    public override Task<(SandboxJob? Job, RunResult? Failure)> PrepareAsync(CodeRequest request, RunnerOptions options, CancellationToken cancellationToken) =>
        Task.Run(() => Prepare(request, options, cancellationToken), cancellationToken);

    private static (SandboxJob? Job, RunResult? Failure) Prepare(CodeRequest request, RunnerOptions options, CancellationToken cancellationToken)
    {
        var dotnet = Path.Combine(Root, "dotnet");
        if (!File.Exists(dotnet)) throw new SandboxException($"There is no .NET host at '{dotnet}', so C# cannot be run. Run this server with 'dotnet' rather than as a self-contained program.");
        var tests = request.Tests is not { } given ? null
            : request.EntryPoint is { } entry ? $"{given}\n#line 1 \"entry\"\nCheck({entry});\n"
            : given;
        var (assembly, errors) = CSharpCompiler.Compile("main", [("main.cs", request.Code), .. tests is null ? [] : new[] { ("tests.cs", tests) }], [MetadataReference.CreateFromImage(HarnessAssembly.Value)], cancellationToken);
        if (assembly is null)
        {
            return (null, new()
            {
                Outcome = RunOutcome.SyntaxError, Explanation = $"The code does not compile: {errors[0]}", Stderr = string.Join('\n', errors.Take(20)), Isolation = "",
            });
        }

        var files = Files(request, "");
        files["main.dll"] = assembly;
        files["harness.dll"] = HarnessAssembly.Value;
        files["harness.runtimeconfig.json"] = Encoding.UTF8.GetBytes($$"""
            { "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "{{Path.GetFileName(Runtime)}}" },
              "configProperties": { "System.Globalization.Invariant": true } } }
            """);
        return (new()
        {
            Files = files,
            Command = [dotnet, "exec", "/code/harness.dll"],
            Folders = [Root],
            StandardInput = request.StandardInput,
            Environment = new Dictionary<string, string>
            {
                ["DOTNET_GCHeapHardLimit"] = options.MemoryBytes.ToString("x", CultureInfo.InvariantCulture),
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_CLI_HOME"] = "/tmp",
            },
            ExtraProcesses = 24,
            ExtraMemoryBytes = 256 * 1024 * 1024,
        }, null);
    }

    private static byte[] CompileHarness()
    {
        var (assembly, errors) = CSharpCompiler.Compile("harness", [("Harness.cs", Harness("Harness.cs"))], [], CancellationToken.None);
        return assembly ?? throw new InvalidOperationException(string.Join('\n', errors));
    }
}
