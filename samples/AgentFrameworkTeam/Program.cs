using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AgentTeams;
using AgentTeams.Samples.AgentFrameworkTeam;

var seed = new Option<long>("--seed") { Description = "Decides every random draw.", DefaultValueFactory = _ => 1 };
var steps = new Option<int>("--steps") { Description = "Steps of reinforcement learning.", DefaultValueFactory = _ => 60 };
var native = new Option<bool>("--native") { Description = "The same team declared with this library instead of Agent Framework." };
var smoke = new Option<bool>("--smoke") { Description = "A run of seconds." };
var command = new RootCommand("Two agents of a Microsoft Agent Framework workflow, each a small local model with random weights, learn word problems as they stand.") { seed, steps, native, smoke };
command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(seed), parsed.GetValue(smoke) ? 3 : parsed.GetValue(steps), parsed.GetValue(native), cancellationToken));
return await command.Parse(args).InvokeAsync();

static async Task<int> RunAsync(long seed, int steps, bool isNative, CancellationToken cancellationToken)
{
    var (training, heldOut) = Problem.Create(seed, training: 400, heldOut: 300);
    var team = new Team("math", [MathAgents.Planner, MathAgents.Coder], ModelMap.Separate("planner", "coder"));
    using var models = new TeamModels(team, [Model("planner"), Model("coder")]);
    var options = RlOptions.Grpo with
    {
        Seed = seed, Steps = steps, TasksPerStep = 16, GroupSize = 8, Optimizer = new() { LearningRate = 3e-3 }, Rewards = new RewardComposer().Add(Tasks(1).Outcome((p, t) => IsRight(p, t) ? 1 : 0)),
    };

    var before = await EvaluateAsync();
    Say($"held-out success before: {before}");
    await foreach (var step in new RlTrainer<Problem>(models, Tasks(1), options).TrainAsync(cancellationToken: cancellationToken))
    {
        if (step.Step % 10 == 0) Say($"step {step.Step}: reward {step.Metrics["reward"].ToString("0.00", CultureInfo.InvariantCulture)}");
    }

    var after = await EvaluateAsync();
    Say($"held-out success after: {after}");
    var gain = PairedBootstrap.Compare(before.Outcomes, after.Outcomes, new SeedKey(seed, "bootstrap").ToRandom());
    Console.WriteLine(JsonSerializer.Serialize(new { seed, steps, native = isNative, before = before.Rate, after = after.Rate, gain = gain.MeanDifference, low = gain.Low, high = gain.High }));
    return 0;

    LocalLanguageModel Model(string id) =>
        CpuLanguageModel.Create(LocalModelOptions.FromTexts(id, training.Select(p => p.Question), new SeedKey(seed, "weights", Node: id)));

    TaskSet<Problem> Tasks(float temperature) =>
        TaskSet.Create(training, p => p.Question, isNative ? MathAgents.NativeRollout(models, temperature) : new MathAgents(models, temperature).Rollout);

    async Task<Success> EvaluateAsync()
    {
        var rollout = isNative ? MathAgents.NativeRollout(models, 0) : new MathAgents(models, 0).Rollout;
        var runner = new RolloutRunner<Problem>(rollout, p => p.Question, new() { Models = models });
        var trajectories = await runner.RunAsync(heldOut, 1, new SeedKey(seed, "eval"), cancellationToken);
        var byTask = trajectories.ToDictionary(t => t.TaskId, StringComparer.Ordinal);
        return new([.. heldOut.Select(p => IsRight(p, byTask[p.Question]) ? 1.0 : 0)]);
    }
}

static bool IsRight(Problem problem, Trajectory trajectory) => trajectory.Outcome == $"\"{problem.Operator}\"";

static void Say(string text) => Console.Error.WriteLine(text);

internal sealed record Success(IReadOnlyList<double> Outcomes)
{
    public double Rate => Outcomes.Average();

    public override string ToString()
    {
        var interval = WilsonInterval.Of((int)Outcomes.Sum(), Outcomes.Count);
        return string.Create(CultureInfo.InvariantCulture, $"{Rate:P1} ({interval.Low:P1} to {interval.High:P1})");
    }
}
