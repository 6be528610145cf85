using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>A small team and a plan with every kind of stage.</summary>
internal sealed class SumPlan : IDisposable
{
    public static readonly Sum[] Sums = [.. Enumerable.Range(0, 6).Select(i => new Sum($"s{i}", $"{i % 3} and {i / 3}", ((i % 3) + (i / 3)) % 2))];

    private readonly Workflow<SumState> _workflow;

    public SumPlan(long seed = 3, bool adapters = false)
    {
        var adder = new Role { Name = "adder", Instructions = "Add.", Options = Options() };
        var checker = new Role { Name = "checker", Instructions = "Check.", Options = Options() };
        var wf = Workflow.CreateBuilder<SumState>("sum");
        wf.Start(wf.AddRole(adder, s => s.Question, (s, r) => s with { First = r.Text }))
            .Then(wf.AddRole(checker, s => $"{s.Question} {s.First}", (s, r) => s with { Last = r.Text }));
        _workflow = wf.Build();
        var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", Sums.Select(s => s.Question), new SeedKey(seed)) with
        {
            Config = LocalModelOptions.FromTexts("tiny", Sums.Select(s => s.Question), new SeedKey(seed)).Config with { Layers = 1, MaxPositions = 64 },
        });
        if (adapters) foreach (var role in new[] { "adder", "checker" }) model.AddAdapter(role, new SeedKey(seed, role));
        Models = new(new Team("sums", [adder, checker], adapters ? ModelMap.Adapters("tiny", "adder", "checker") : ModelMap.Full("tiny", "adder", "checker")), [model]);
        Tasks = TaskSet.Create(Sums, s => s.Id, _workflow, Models, s => new SumState(s.Question), s => s.Last);
        Rewards = new RewardComposer().Add(Tasks.Outcome((s, t) => IsRight(s, t) ? 1 : 0));
    }

    public TeamModels Models { get; }

    public TaskSet<Sum> Tasks { get; }

    public RewardComposer Rewards { get; }

    public RlOptions Rl => RlOptions.Grpo with { Rewards = Rewards, Steps = 3, TasksPerStep = 4, GroupSize = 4, Loss = new PolicyGradientLoss { KlCoefficient = 0.05 } };

    public static bool IsRight(Sum sum, Trajectory run) => run.Outcome == sum.Parity.ToString(CultureInfo.InvariantCulture);

    public TrainingPlan Plan() => new("sums", Models)
    {
        Seed = 5,
        Stages =
        [
            Stage.Supervise("show", Examples(Sums[..4]), Examples(Sums[4..]), new() { MaxEpochs = 3, BatchSize = 3 }),
            Stage.Evaluate("before", Tasks, IsRight),
            Stage.Reinforce("practise", Tasks, Rl),
            Stage.CollectPreferences("compare", Tasks, Rewards),
            Stage.Prefer("prefer", "compare", new() { Epochs = 2, BatchSize = 2 }),
            Stage.Supervise("imitate", async (context, token) =>
            {
                var runs = await new RolloutRunner<Sum>(Tasks.Rollout, Tasks.GetId, context.Rollouts).RunAsync(Tasks.Tasks, 4, context.Key, token);
                return new SftData([.. SftExample.From(runs.Where(r => r.Status == TrajectoryStatus.Completed))], []);
            }, new() { MaxEpochs = 2, Patience = null }),
            Stage.Reinforce("half", Tasks, Rl with { Trained = TrainedRoles.Only("adder"), Loss = new PolicyGradientLoss() }),
            Stage.Evaluate("after", Tasks, IsRight, new() { Samples = 2 }),
        ],
    };

    public static IEnumerable<SftExample> Examples(IEnumerable<Sum> sums) =>
        sums.SelectMany(s => new SftExample[] { new("adder", s.Question, $"{s.Parity}"), new("checker", $"{s.Question} {s.Parity}", $"{s.Parity}") });

    public void Dispose() => Models.Dispose();

    private static RoleOptions Options() => new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = (int[])[0, 1] }), MaxOutputTokens = 4 };

    internal sealed record Sum(string Id, string Question, int Parity);

    internal sealed record SumState(string Question, string First = "", string Last = "");
}
