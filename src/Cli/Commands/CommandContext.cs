using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace AgentTeams.Cli;

/// <summary>What all commands share.</summary>
internal sealed class CommandContext
{
    private CommandContext(ITeamProgram? program, string? programPath, CommandOutput output)
    {
        (Program, ProgramPath, Output) = (program, programPath, output);
        Binder = program is null ? null : new(program.OptionsType);
    }

    public static JsonSerializerOptions Json { get; } = new(TrajectoryJson.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public ITeamProgram? Program { get; }

    /// <summary>The assembly of the program; null for one that carries this command line itself.</summary>
    public string? ProgramPath { get; }

    public OptionBinder? Binder { get; }

    public CommandOutput Output { get; }

    /// <summary>Takes the program out of a command line that names one.</summary>
    public static CommandContext Create(ITeamProgram? program, IReadOnlyList<string> args, CommandOutput output, out IReadOnlyList<string> rest)
    {
        rest = args;
        if (program is not null || args.FirstOrDefault(ProgramLoader.IsProgram) is not { } path) return new(program, null, output);
        rest = [.. args.Where(a => a != path)];
        return new(ProgramLoader.Load(path), Path.GetFullPath(path), output);
    }

    /// <summary>The program and the options that a run was made with.</summary>
    public (CommandContext Context, object Options) Recall(string folder)
    {
        var stored = StoredProgram.Read(folder);
        var context = Program is not null ? this
            : stored.Path is { } path ? new(ProgramLoader.Load(path), path, Output)
            : throw new AgentTeamsException($"The run in '{folder}' is of the program '{stored.Name}', which carries its own command line. Call that program.");
        if (context.Program!.Name != stored.Name) throw new AgentTeamsException($"The run in '{folder}' is of the program '{stored.Name}', and this is '{context.Program.Name}'. Call that program.");
        var command = new Command("stored");
        context.Binder!.AddTo(command);
        var parsed = command.Parse(context.Binder.Arguments(stored.Options));
        if (parsed.Errors.Count > 0) throw new AgentTeamsException($"The options of the run in '{folder}' are not those of the program: {parsed.Errors[0].Message} Use the program that made it.");
        return (context, context.Binder.Bind(parsed));
    }

    /// <summary>Starts the program.</summary>
    public async Task<TeamSession> StartAsync(object options, CancellationToken cancellationToken)
    {
        if (Program!.ProblemsWith(options).ToList() is { Count: > 0 } problems) throw new AgentTeamsException(string.Join(" ", problems));
        return await Program.StartAsync(options, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="AgentTeamsException">There is no program.</exception>
    [MemberNotNull(nameof(Program), nameof(Binder))]
    public void RequireProgram(string command)
    {
        if (Program is null || Binder is null) throw new AgentTeamsException($"'{command}' needs a program. Give the assembly of one: agentteams {command} bin/Release/net10.0/MyTeam.dll");
    }

    public void WriteJson<T>(T value) => Output.Out.WriteLine(JsonSerializer.Serialize(value, Json));
}
