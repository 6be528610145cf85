using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Runs a program's team once.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var question = new Argument<string>("question") { Description = "What the team is asked." };
        var weights = new Option<string?>("--weights") { Description = "The folder of a run whose newest weights answer; those that the program starts with unless given." };
        var draw = new Option<int>("--draw") { Description = "Decides what is drawn.", DefaultValueFactory = _ => 0 };
        var json = RunArguments.JsonOption();
        var run = new Command("run", "Asks the team once.") { question, weights, draw, json };
        if (context.Program is not null) context.Binder!.AddTo(run);
        run.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(weights);
            if (folder is null) context.RequireProgram("run");
            var (started, options) = folder is null ? (context, context.Binder!.Bind(parsed)) : context.Recall(folder);
            var session = await started.StartAsync(options, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (session.Ask is null) throw new AgentTeamsException($"The program '{started.Program!.Name}' answers no questions. Set Ask in its TeamSession.");
                if (folder is not null) await RunWeights.RestoreAsync(folder, session.Plan.Models, cancellationToken).ConfigureAwait(false);
                var made = await session.Ask(parsed.GetValue(question)!, new(parsed.GetValue(draw), "run"), cancellationToken).ConfigureAwait(false);
                await context.Output.Out.WriteLineAsync(parsed.GetValue(json) ? StoreFile.Line(made) : made.Outcome ?? "").ConfigureAwait(false);
                return made.Status == TrajectoryStatus.Completed ? TeamCommandLine.Done : TeamCommandLine.Failed;
            }
        });
        return run;
    }
}
