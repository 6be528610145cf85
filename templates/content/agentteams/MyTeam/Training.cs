using AgentTeams;
using AgentTeams.Models;
using AgentTeams.Rl;

namespace MyTeam;

/// <summary>A question and the operator that answers it.</summary>
public sealed record Problem(string Question, string Operator);

/// <summary>Rewards the team for right operators and trains the model behind both roles.</summary>
public static class Training
{
    public static readonly IReadOnlyList<Problem> Problems =
    [
        new("6 apples and 2 more", "+"), new("9 eggs and 5 more", "+"),
        new("6 pens, 2 lost", "-"), new("8 coins, 3 lost", "-"),
        new("6 bags of 2 nuts", "*"), new("4 bags of 7 cards", "*"),
    ];

    public static LocalLanguageModel CreateModel(long seed) =>
        CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", Problems.Select(p => p.Question), new SeedKey(seed)));

    /// <summary>Trains and yields the mean reward of each step.</summary>
    public static async IAsyncEnumerable<double> RunAsync(LocalLanguageModel model, int steps)
    {
        var team = new Team("math", [MathTeam.Planner, MathTeam.Coder], ModelMap.Full(model.Id, "planner", "coder"));
        using var models = new TeamModels(team, [model], leaveOpen: true);
        var tasks = TaskSet.Create(Problems, p => p.Question, Rollouts.From(MathTeam.CreateWorkflow(), models, (Problem p) => new MathState(p.Question), s => s.Operator));
        var rewards = new RewardComposer().Add(tasks.Outcome((p, trajectory) => trajectory.Outcome == p.Operator ? 1 : 0));
        var options = RlOptions.Grpo with { Rewards = rewards, Steps = steps, Optimizer = new() { LearningRate = 3e-3 } };
        await foreach (var step in new RlTrainer<Problem>(models, tasks, options).TrainAsync()) yield return step.Metrics["reward"];
    }
}
