using AgentTeams.Samples.WordProblems;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Samples.SemanticKernelTeam;

/// <summary>
/// Stands for the model that a team would download: a tiny transformer that has seen some worked examples and answers in the
/// right form, but is often wrong.
/// </summary>
internal static class BaseModel
{
    /// <summary>Makes it and writes its folder.</summary>
    public static async Task<ProblemSets> CreateAsync(RunOptions options, string directory, CancellationToken cancellationToken)
    {
        await using var display = new QuietDisplay(TextWriter.Null);
        var control = new RunControl(Path.Combine(directory, "supervised"), Resume: false, StopAfterStep: null, Json: true);
        await using var run = await RunServices.StartAsync(options, control, display, NullLoggerFactory.Instance, cancellationToken);
        await new SupervisedStage(run).RunAsync(cancellationToken);
        ((LocalLanguageModel)run.Models.Models.Single()).SavePretrained(Path.Combine(directory, "base"));
        return run.Problems;
    }
}
