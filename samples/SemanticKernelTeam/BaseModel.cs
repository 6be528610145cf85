using AgentTeams.Runs;
using AgentTeams.Samples.WordProblems;

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
        await using var session = await new WordProblemProgram().StartAsync(options, cancellationToken);
        var shown = session.Plan with { Stages = [.. session.Plan.Stages.Where(s => s.Kind == "supervised")] };
        await shown.RunAsync(new() { Folder = Path.Combine(directory, "supervised") }, new() { Output = RunOutput.None, WriteReport = false }, cancellationToken);
        ((LocalLanguageModel)session.Plan.Models.Models.Single()).SavePretrained(Path.Combine(directory, "base"));
        return ProblemSets.Load(options.Effective());
    }
}
