using System.CommandLine;

namespace AgentTeams.Servers;

/// <summary>The options of the command line.</summary>
internal static class RunnerCommandLine
{
    public static RootCommand Create(Func<RunnerOptions, CancellationToken, Task> run)
    {
        var defaults = new RunnerOptions();
        var time = Number("--time", "Wall time of a call in seconds.", defaults.WallTime.TotalSeconds, 0.1, 3600);
        var cpu = Number("--cpu", "Processor time of each process in seconds.", defaults.CpuSeconds, 1, 3600);
        var memory = Number("--memory", "Memory in MB that the code may have, beside its interpreter's own.", defaults.MemoryBytes >> 20, 16, 1 << 20);
        var processes = Number("--processes", "Processes and threads that the code may start.", defaults.Processes, 1, 4096);
        var output = Number("--output", "Bytes written after which the code is stopped.", defaults.OutputBytes, 1024, 1 << 28);
        var text = Number("--text", "Bytes of each stream that an answer holds.", defaults.TextBytes, 256, 1 << 20);
        var scratch = Number("--scratch", "MB of the scratch folder.", defaults.ScratchBytes >> 20, 1, 1 << 16);
        var concurrency = Number("--concurrency", "Sandboxes at a time; further calls wait.", defaults.Concurrency, 1, 1024);
        var isolation = new Option<IsolationKind>("--isolation") { Description = "How code is shut in: auto, bubblewrap or unshare.", DefaultValueFactory = _ => IsolationKind.Auto };
        var languages = new Option<CodeLanguage[]>("--languages") { Description = "What may be run: python, javascript, csharp.", DefaultValueFactory = _ => [.. defaults.Languages], AllowMultipleArgumentsPerToken = true };
        var python = new Option<string>("--python") { Description = "The Python interpreter.", DefaultValueFactory = _ => defaults.Python };
        var node = new Option<string>("--node") { Description = "The Node.js interpreter.", DefaultValueFactory = _ => defaults.Node };
        var root = new RootCommand("An MCP server over standard streams that runs code in a sandbox.") { time, cpu, memory, processes, output, text, scratch, concurrency, isolation, languages, python, node };
        root.SetAction((parsed, cancellationToken) => run(new RunnerOptions
        {
            WallTime = TimeSpan.FromSeconds(parsed.GetValue(time)),
            CpuSeconds = (int)Math.Ceiling(parsed.GetValue(cpu)),
            MemoryBytes = (long)parsed.GetValue(memory) << 20,
            Processes = (int)parsed.GetValue(processes),
            OutputBytes = (int)parsed.GetValue(output),
            TextBytes = (int)parsed.GetValue(text),
            ScratchBytes = (long)parsed.GetValue(scratch) << 20,
            Concurrency = (int)parsed.GetValue(concurrency),
            Isolation = parsed.GetValue(isolation),
            Languages = parsed.GetValue(languages)!,
            Python = parsed.GetValue(python)!,
            Node = parsed.GetValue(node)!,
        }, cancellationToken));
        return root;
    }

    private static Option<double> Number(string name, string description, double value, double min, double max)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValue(option) is var given && !(given >= min && given <= max)) result.AddError(FormattableString.Invariant($"{name} is {given}; give a number from {min} to {max}."));
        });
        return option;
    }
}
