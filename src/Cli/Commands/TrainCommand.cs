using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Trains a program's team.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandContext context)
    {
        var output = new Option<string?>("--out") { Description = "The run's folder; a new one below runs/ unless given." };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out." };
        var train = new Command("train", "Trains a team, from the start or from where a run stopped.") { output, resume };
        var arguments = new RunArguments();
        arguments.AddTo(train);
        context.Binder?.AddTo(train);
        train.Validators.Add(result =>
        {
            if (result.GetValue(resume) && result.GetValue(output) is null) result.AddError("--resume needs --out, the folder of the run to go on with.");
        });
        train.SetAction(async (parsed, cancellationToken) =>
        {
            context.RequireProgram("train");
            var options = context.Binder.Bind(parsed);
            var session = await context.StartAsync(options, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var settings = context.Binder.Texts(options);
                return await arguments.RunAsync(context, Plans.With(session.Plan, settings), new()
                {
                    Folder = parsed.GetValue(output),
                    Resume = parsed.GetValue(resume) ? ResumeMode.Required : ResumeMode.Never,
                }, parsed, folder => new StoredProgram(context.Program.Name, context.ProgramPath, settings).Write(folder), cancellationToken).ConfigureAwait(false);
            }
        });
        return train;
    }
}

/// <summary>Goes on with a run.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "The run's folder." };
        var resume = new Command("resume", "Goes on with a run, with the program and options that it was made with.") { folder };
        var arguments = new RunArguments();
        arguments.AddTo(resume);
        resume.SetAction(async (parsed, cancellationToken) =>
        {
            var (recalled, options) = context.Recall(parsed.GetValue(folder)!);
            var session = await recalled.StartAsync(options, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await arguments.RunAsync(recalled, Plans.With(session.Plan, recalled.Binder!.Texts(options)), new() { Folder = parsed.GetValue(folder), Resume = ResumeMode.Required },
                    parsed, null, cancellationToken).ConfigureAwait(false);
            }
        });
        return resume;
    }
}

/// <summary>Plans as the command line carries them out.</summary>
internal static class Plans
{
    /// <summary>What a program's options say decides its result, and stands in <c>run.json</c>.</summary>
    public static TrainingPlan With(TrainingPlan plan, IReadOnlyDictionary<string, string> options)
    {
        var settings = new SortedDictionary<string, string>(plan.Settings.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in options) settings.TryAdd(name, value);
        return plan with { Settings = settings };
    }
}
