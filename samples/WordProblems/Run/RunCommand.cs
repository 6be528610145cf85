using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;

namespace AgentTeams.Samples.WordProblems;

/// <summary>The program from its arguments to its exit code, on any engine.</summary>
internal static class RunCommand
{
    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="createModel">The engine; the CPU engine unless given.</param>
    public static Task<int> InvokeAsync(IReadOnlyList<string> args, Func<LocalModelOptions, LocalLanguageModel>? createModel = null)
    {
        var start = new DateTimeOffset(Process.GetCurrentProcess().StartTime);
        return CommandLine.Create((options, control, cancellationToken) => RunAsync(options, control, createModel, start, cancellationToken))
            .Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }

    private static async Task<int> RunAsync(RunOptions options, RunControl control, Func<LocalModelOptions, LocalLanguageModel>? createModel, DateTimeOffset start, CancellationToken cancellationToken)
    {
        await using var display = RunDisplay.Create(control.Json, AnsiConsole.Console, Console.Error, TimeProvider.System);
        try
        {
            await using var run = await RunServices.StartAsync(options, control, display, new DisplayLogger(display), cancellationToken, createModel: createModel);
            try
            {
                var result = await new WordProblemRun(TimeProvider.System, start).RunAsync(run, control, cancellationToken);
                if (control.Json) Console.WriteLine(result.ToJson());
                return 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // A live display takes its last lines with it.
                await display.DisposeAsync();
                await Console.Error.WriteLineAsync($"Interrupted; go on with --resume --out {run.Folder.FullPath}");
                return 130;
            }
        }
        catch (AgentTeamsException e)
        {
            await display.DisposeAsync();
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }
}
