using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace AgentTeams.Cli;

/// <summary>The command line of a team: <c>train</c>, <c>resume</c>, <c>run</c>, <c>evaluate</c>, <c>report</c>, <c>compare</c>, <c>trajectories</c>, <c>export</c>, <c>serve</c>, <c>verify</c>, <c>completion</c>.</summary>
public static class TeamCommandLine
{
    /// <summary>The exit code of a command that did what it was told.</summary>
    public const int Done = 0;

    /// <summary>The exit code of a command that could not; the reason was told on the error output.</summary>
    public const int Failed = 1;

    /// <summary>The exit code of a command line that is not understood; nothing was done.</summary>
    public const int Misused = 2;

    /// <summary>The exit code of a check that did not hold.</summary>
    public const int NotHeld = 3;

    /// <summary>The exit code of a run that was interrupted and can be resumed.</summary>
    public const int Interrupted = 130;

    /// <summary>Parses a command line and does what it says.</summary>
    /// <param name="args">The command line. Without a command it trains the program.</param>
    /// <param name="program">The program whose team it is about; null for the one that the command line names, the assembly of a program.</param>
    /// <param name="output">Where it writes; the process's terminal by default.</param>
    /// <param name="cancellationToken">Stops what goes on, as Ctrl-C does.</param>
    /// <returns>The exit code: 0 done, 1 failed, 2 not understood, 3 a check did not hold, 130 interrupted.</returns>
    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, ITeamProgram? program = null, CommandOutput? output = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        output ??= new();
        // Options are read, and runs made, alike on every machine: where a comma ends the whole number, 0.5 would be read as 5. The caller's culture stays.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            var context = CommandContext.Create(program, args, output, out var rest);
            var parsed = Root(context).Parse(rest);
            // Whoever interrupts waits for the last whole step to be kept.
            var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output.Out, Error = output.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) }, cancellationToken).ConfigureAwait(false);
            return parsed.Errors.Count > 0 ? Misused : code;
        }
        catch (AgentTeamsException e)
        {
            await output.Error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await output.Error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return Failed;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A fault of the program's own code: where it lies is what its author needs.
            await output.Error.WriteLineAsync($"error: {e}").ConfigureAwait(false);
            return Failed;
        }
    }

    private static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand(context.Program?.Description ?? "Trains teams of agents, and shows, serves and exports what came of it.");
        var train = TrainCommand.Create(context);
        if (context is { Program: not null, ProgramPath: null })
        {
            // A program that carries its own command line is trained unless told otherwise.
            foreach (var option in train.Options) root.Options.Add(option);
            root.Action = train.Action;
            foreach (var validator in train.Validators) root.Validators.Add(validator);
        }

        root.Subcommands.Add(train);
        root.Subcommands.Add(ResumeCommand.Create(context));
        root.Subcommands.Add(RunCommand.Create(context));
        root.Subcommands.Add(EvaluateCommand.Create(context));
        root.Subcommands.Add(ReportCommand.Create(context));
        root.Subcommands.Add(CompareCommand.Create(context));
        root.Subcommands.Add(TrajectoryCommands.Create(context));
        root.Subcommands.Add(ExportCommand.Create(context));
        root.Subcommands.Add(ServeCommand.Create(context));
        root.Subcommands.Add(VerifyCommand.Create(context));
        root.Subcommands.Add(CompletionCommand.Create(context));
        return root;
    }
}

/// <summary>Where a command writes.</summary>
public sealed record CommandOutput
{
    /// <summary>Results.</summary>
    public TextWriter Out { get; init; } = System.Console.Out;

    /// <summary>Errors and what is told besides results.</summary>
    public TextWriter Error { get; init; } = System.Console.Error;

    /// <summary>Where people read how far a run is.</summary>
    public IAnsiConsole Console { get; init; } = AnsiConsole.Console;
}
