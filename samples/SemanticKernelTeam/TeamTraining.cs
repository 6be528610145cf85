using AgentTeams.Samples.WordProblems;
using Microsoft.SemanticKernel;

namespace AgentTeams.Samples.SemanticKernelTeam;

/// <summary>Records, rewards and trains the Semantic Kernel team in place, and measures it.</summary>
internal sealed class TeamTraining(ProblemSets problems, RunOptions options, string directory)
{
    private readonly Dictionary<string, Problem> _byId = problems.Unlabelled.Concat(problems.Test).ToDictionary(p => p.Id, StringComparer.Ordinal);

    /// <summary>A kernel with the base model, an adapter for each role, and the calculator's MCP server as a plugin.</summary>
    /// <param name="calculator">The calculator.</param>
    /// <param name="adapters">The folder of trained adapters, or null for new ones.</param>
    public Kernel CreateKernel(McpToolset calculator, string? adapters)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddLocalModel("team", Path.Combine(directory, "base"), model =>
        {
            foreach (var role in Prompts.Roles) model.Adapters[role] = adapters is null ? null : Path.Combine(adapters, role);
            model.Lora = new() { Rank = 32, Alpha = 64 };
            model.Seed = new SeedKey(options.Seed, "init");
        });
        builder.Plugins.Add(calculator.AsKernelPlugin());
        return builder.Build();
    }

    /// <summary>Which held-out problems the greedy team solves: 1 or 0 for each, in one order.</summary>
    public async Task<IReadOnlyList<double>> EvaluateAsync(Kernel kernel, JsonlTrajectoryStore store, int step, CancellationToken cancellationToken)
    {
        var team = new MathTeam(kernel, temperature: 0);
        using var models = ModelsOf(kernel, team);
        var runner = new RolloutRunner<Problem>(RolloutOf(team), p => p.Id, new() { Store = store, Models = models });
        var trajectories = await runner.RunAsync(problems.Test, 1, new SeedKey(options.Seed, "eval", step), cancellationToken);
        return [.. trajectories.OrderBy(t => t.TaskId, StringComparer.Ordinal).Select(t => WordProblemTeam.RoundsOf(t)[^1].IsRight(_byId[t.TaskId]) ? 1.0 : 0)];
    }

    /// <summary>Trains the adapters from answers, and writes them in PEFT layout.</summary>
    public async Task TrainAsync(Kernel kernel, JsonlTrajectoryStore store, Action<RlStep> report, CancellationToken cancellationToken)
    {
        var team = new MathTeam(kernel, temperature: 1);
        using var models = ModelsOf(kernel, team);
        var tasks = TaskSet.Create(problems.Unlabelled, p => p.Id, RolloutOf(team));
        var rl = WordProblemPlan.RlOptionsOf(options) with
        {
            Seed = options.Seed,
            // Adapters of this rank move fast: a bonus on entropy would carry a role away wherever all of its group agree.
            Loss = new PolicyGradientLoss(), Optimizer = new() { LearningRate = 1e-3 }, Rewards = TeamRewards.Create(tasks, outcome: true), Store = store,
        };
        var trainer = new RlTrainer<Problem>(models, tasks, rl);
        await foreach (var step in trainer.TrainAsync(cancellationToken: cancellationToken)) report(step);
        ModelOf(kernel).SavePretrained(Path.Combine(directory, "trained"));
    }

    private static LocalLanguageModel ModelOf(Kernel kernel) => (LocalLanguageModel)kernel.GetRequiredService<ITrainableModel>("team");

    // The kernel owns the model.
    private static TeamModels ModelsOf(Kernel kernel, MathTeam team) =>
        new(new Team("math", team.Agents.Select(a => a.AsRole()), ModelMap.Adapters("team", Prompts.Roles)), [ModelOf(kernel)], leaveOpen: true);

    private static Rollout<Problem> RolloutOf(MathTeam team) =>
        Rollouts.Recorded<Problem>("math", (recorder, problem) => recorder.RecordRunAsync(async token => await team.SolveAsync(problem, recorder, token)));
}
