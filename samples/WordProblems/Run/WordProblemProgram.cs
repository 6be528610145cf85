using AgentTeams.Cli;
using Microsoft.Extensions.AI;

namespace AgentTeams.Samples.WordProblems;

/// <summary>A planner, a coder and a verifier that learn to solve word problems, on any engine.</summary>
/// <param name="createModel">The engine; the CPU engine unless given.</param>
/// <param name="wrapTool">Puts something around the calculator's tool, for tests.</param>
internal sealed class WordProblemProgram(Func<LocalModelOptions, LocalLanguageModel>? createModel, Func<AIFunction, AIFunction>? wrapTool = null) : TeamProgram<RunOptions>
{
    private const int GeneratedVocabulary = 700;
    private const int CsvVocabulary = 1500;

    public WordProblemProgram()
        : this(null)
    {
    }

    public override string Name => "word-problems";

    public override string Description => "A planner, a coder and a verifier learn to solve word problems, from nothing to better.";

    public override IEnumerable<string> ProblemsWith(RunOptions options)
    {
        if (options.Data is null != options.Test is null) yield return "Give --data and --test together.";
    }

    public override async Task<TeamSession> StartAsync(RunOptions options, CancellationToken cancellationToken)
    {
        options = options.Effective();
        // What can be wrong with the input is found before anything is written.
        var problems = ProblemSets.Load(options);
        var questions = problems.Labelled.Concat(problems.Unlabelled).Select(p => p.Question);
        var (map, made) = TinyModels.Create(options.Mapping, questions, options.Data is null ? GeneratedVocabulary : CsvVocabulary, options.Seed, createModel);
        var models = new TeamModels(WordProblemTeam.Create(map), made);
        var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), cancellationToken);
        var workflow = WordProblemTeam.Define(models.Team, wrapTool?.Invoke(calculator["calculate"]) ?? calculator["calculate"]);
        return new()
        {
            Plan = new WordProblemPlan(options, problems, models, workflow).Create(),
            Ask = async (question, key, token) => (await workflow.RecordAsync(TeamState.Asked(question), models.Runtime, new() { Seed = key }, new() { Outcome = s => s.Value }, token)).Trajectory,
            Owned = [calculator],
        };
    }
}
