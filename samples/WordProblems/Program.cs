using System.CommandLine;
using System.Diagnostics;
using AgentTeams;
using AgentTeams.Samples.WordProblems;
using Spectre.Console;

var start = new DateTimeOffset(Process.GetCurrentProcess().StartTime);
return await CommandLine.Create(RunAsync).Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });

async Task<int> RunAsync(RunOptions options, RunControl control, CancellationToken cancellationToken)
{
    await using var display = RunDisplay.Create(control.Json, AnsiConsole.Console, Console.Error, TimeProvider.System);
    try
    {
        await using var run = await RunServices.StartAsync(options, control, display, new DisplayLogger(display), cancellationToken);
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
