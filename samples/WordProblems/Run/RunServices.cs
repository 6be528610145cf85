using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Samples.WordProblems;

/// <summary>What all stages of a run share.</summary>
internal sealed class RunServices : IAsyncDisposable
{
    private const int GeneratedVocabulary = 700;
    private const int CsvVocabulary = 1500;
    private readonly McpToolset _calculator;

    private RunServices(RunOptions options, ProblemSets problems, RunFolder folder, TeamModels models, McpToolset calculator, JsonlTrajectoryStore store, IRunDisplay display, ILoggerFactory logger, AIFunction tool, int keepCheckpoints)
    {
        (Options, Problems, Folder, Models, _calculator, Store, Display, LoggerFactory) = (options, problems, folder, models, calculator, store, display, logger);
        Checkpoints = new TrainingCheckpoints(folder.Checkpoints, keepCheckpoints, logger);
        Runner = new TeamRunner(models, tool);
        ById = problems.Labelled.Concat(problems.Unlabelled).Concat(problems.Test).ToDictionary(p => p.Id, StringComparer.Ordinal);
    }

    public RunOptions Options { get; }

    public ProblemSets Problems { get; }

    public IReadOnlyDictionary<string, Problem> ById { get; }

    public RunFolder Folder { get; }

    public TeamModels Models { get; }

    public TeamRunner Runner { get; }

    public JsonlTrajectoryStore Store { get; }

    /// <summary>Rollouts are kept in the store, and found there again.</summary>
    public RolloutOptions Rollouts => new() { Store = Store, Models = Models, LoggerFactory = LoggerFactory };

    public TrainingCheckpoints Checkpoints { get; }

    public IRunDisplay Display { get; }

    public ILoggerFactory LoggerFactory { get; }

    /// <summary>Loads the problems, opens the folder and starts calculator and models.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="control">How to run it.</param>
    /// <param name="display">Shows it.</param>
    /// <param name="logger">Is told of warnings.</param>
    /// <param name="cancellationToken">Stops starting.</param>
    /// <param name="wrapTool">Puts something around the calculator's tool, for tests.</param>
    /// <param name="createModel">The engine; the CPU engine unless given.</param>
    public static async Task<RunServices> StartAsync(RunOptions options, RunControl control, IRunDisplay display, ILoggerFactory logger, CancellationToken cancellationToken, Func<AIFunction, AIFunction>? wrapTool = null, Func<LocalModelOptions, LocalLanguageModel>? createModel = null)
    {
        // What can be wrong with the input is found before anything is written.
        var problems = ProblemSets.Load(options);
        var folder = RunFolder.Open(control, options);
        var questions = problems.Labelled.Concat(problems.Unlabelled).Select(p => p.Question);
        var (map, models) = TinyModels.Create(options.Mapping, questions, options.Data is null ? GeneratedVocabulary : CsvVocabulary, options.Seed, createModel);
        var team = new TeamModels(WordProblemTeam.Create(map), models);
        var store = await JsonlTrajectoryStore.OpenAsync(folder.Trajectories, new() { LoggerFactory = logger }, cancellationToken: cancellationToken);
        var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), cancellationToken);
        var tool = calculator["calculate"];
        return new RunServices(options, problems, folder, team, calculator, store, display, logger, wrapTool?.Invoke(tool) ?? tool, control.KeepCheckpoints);
    }

    /// <summary>How many calls the calculator itself counted.</summary>
    public async Task<long> ServedCallsAsync(CancellationToken cancellationToken) =>
        long.Parse(ToolResult.From(await _calculator["calls"].InvokeAsync(null, cancellationToken)).Text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The greedy team on the held-out problems after a number of steps, with the weights as they are.</summary>
    public Task<MeasuredTeam> EvaluateAsync(int step, CancellationToken cancellationToken) =>
        TeamEvaluator.EvaluateAsync(Problems.Test, Runner.GreedyAsync, Rollouts, EvaluationKey(step), cancellationToken);

    /// <summary>What <see cref="EvaluateAsync"/> found after an earlier step, before the run was resumed.</summary>
    public Task<MeasuredTeam> RecallEvaluationAsync(int step, CancellationToken cancellationToken) =>
        TeamEvaluator.RecallAsync(Problems.Test, Store, EvaluationKey(step), cancellationToken);

    private SeedKey EvaluationKey(int step) => new(Options.Seed, "eval", step);

    public async ValueTask DisposeAsync()
    {
        await _calculator.DisposeAsync();
        Store.Dispose();
        Models.Dispose();
    }
}
