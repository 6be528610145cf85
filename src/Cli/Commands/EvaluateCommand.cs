using System.CommandLine;
using System.Text.Json;

namespace AgentTeams.Cli;

/// <summary>Evaluates the weights of a run again.</summary>
internal static class EvaluateCommand
{
    private static readonly string[] Kinds = ["evaluation", "ablation", "sweep"];

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "The run's folder." };
        var stages = new Option<string[]>("--stage") { Description = "Which evaluations of the plan; all unless given.", AllowMultipleArgumentsPerToken = true };
        var json = RunArguments.JsonOption();
        var evaluate = new Command("evaluate", "Makes the evaluations of a run's plan with its newest weights, without training.") { folder, stages, json };
        evaluate.SetAction(async (parsed, cancellationToken) =>
        {
            var (recalled, options) = context.Recall(parsed.GetValue(folder)!);
            var session = await recalled.StartAsync(options, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await RunWeights.RestoreAsync(parsed.GetValue(folder)!, session.Plan.Models, cancellationToken).ConfigureAwait(false);
                var plan = session.Plan with { Stages = Chosen(session.Plan, parsed.GetValue(stages) ?? []) };
                var scratch = Directory.CreateTempSubdirectory("agentteams-evaluate");
                try
                {
                    var result = await plan.RunAsync(new() { Folder = scratch.FullName }, new() { Output = RunOutput.None, WriteReport = false }, cancellationToken).ConfigureAwait(false);
                    if (result is null) return TeamCommandLine.Interrupted;
                    if (parsed.GetValue(json)) context.WriteJson(result.Evaluations);
                    else context.Output.Console.Write(EvaluationTable.Of(result.Evaluations));
                    return TeamCommandLine.Done;
                }
                finally
                {
                    scratch.Delete(recursive: true);
                }
            }
        });
        return evaluate;
    }

    private static IReadOnlyList<ITrainingStage> Chosen(TrainingPlan plan, string[] names)
    {
        var made = plan.Stages.Where(s => Kinds.Contains(s.Kind)).ToList();
        if (names.FirstOrDefault(n => made.All(s => s.Name != n)) is { } unknown)
            throw new AgentTeamsException($"The plan has no evaluation '{unknown}'. It has: {string.Join(", ", made.Select(s => s.Name))}.");
        // With the same weights, a measure before training and one after it are the same: the last of them is made.
        return names.Length > 0 ? [.. made.Where(s => names.Contains(s.Name))]
            : made.Count > 0 ? [.. made.Where(s => s.Kind == Kinds[0]).TakeLast(1), .. made.Where(s => s.Kind != Kinds[0])]
            : throw new AgentTeamsException($"The plan '{plan.Name}' has no evaluation. Add Stage.Evaluate to it.");
    }
}

/// <summary>The weights that a run keeps.</summary>
internal static class RunWeights
{
    /// <exception cref="AgentTeamsException">The run has no checkpoint.</exception>
    public static async Task RestoreAsync(string folder, TeamModels models, CancellationToken cancellationToken)
    {
        var run = RunFolder.Read(folder);
        if (await new TrainingCheckpoints(run.Checkpoints).RestoreAsync<JsonElement>(models, cancellationToken).ConfigureAwait(false) is null)
            throw new AgentTeamsException($"The run in '{folder}' has no whole checkpoint yet. Wait for the first one, or train further.");
    }
}
