using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AgentTeams;
using AgentTeams.Samples;
using AgentTeams.Samples.SemanticKernelTeam;
using AgentTeams.Samples.WordProblems;

var seed = new Option<int>("--seed") { Description = "Decides every random draw.", DefaultValueFactory = _ => 1 };
var steps = new Option<int>("--steps") { Description = "Steps of reinforcement learning.", DefaultValueFactory = _ => 60 };
var smoke = new Option<bool>("--smoke") { Description = "A run of seconds through every stage." };
var output = new Option<string?>("--out") { Description = "The run's folder; a new one below runs/ unless set." };
var command = new RootCommand("A planner, a coder and a verifier written as Semantic Kernel agents: recorded, rewarded and trained as they stand.") { seed, steps, smoke, output };
command.SetAction((parsed, cancellationToken) =>
{
    var options = new RunOptions { Seed = parsed.GetValue(seed), Steps = parsed.GetValue(steps) };
    return RunAsync((options with { Smoke = parsed.GetValue(smoke) }).Effective(), parsed.GetValue(output), cancellationToken);
});
return await command.Parse(args).InvokeAsync();

static async Task<int> RunAsync(RunOptions options, string? output, CancellationToken cancellationToken)
{
    var watch = Stopwatch.StartNew();
    var directory = Directory.CreateDirectory(output ?? Path.Combine("runs", $"sk-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}")).FullName;
    Say("teaching a small base model to speak");
    var training = new TeamTraining(await BaseModel.CreateAsync(options, directory, cancellationToken), options, directory);
    await using var calculator = await McpToolset.ConnectStdioAsync(CalculatorServer.Options(), cancellationToken);
    using var store = await JsonlTrajectoryStore.OpenAsync(Path.Combine(directory, "trajectories.jsonl"), cancellationToken: cancellationToken);

    var kernel = training.CreateKernel(calculator, adapters: null);
    var before = await training.EvaluateAsync(kernel, store, 0, cancellationToken);
    Say($"success on held-out problems before: {Success(before)}");
    await training.TrainAsync(kernel, store, Progress, cancellationToken);

    // The same Semantic Kernel code, on a new kernel that loads what was learned.
    var trained = training.CreateKernel(calculator, Path.Combine(directory, "trained", "adapters"));
    var after = await training.EvaluateAsync(trained, store, options.Steps, cancellationToken);
    Say($"success on held-out problems after: {Success(after)}");
    var gain = PairedBootstrap.Compare(before, after, new SeedKey(options.Seed, "bootstrap").ToRandom());
    Say($"gain: {Percent(gain.MeanDifference)} (95 % interval {Percent(gain.Low)} to {Percent(gain.High)})");
    Console.WriteLine(JsonSerializer.Serialize(new { options.Seed, options.Steps, Before = before.Average(), After = after.Average(), Gain = gain.MeanDifference, gain.Low, gain.High, Seconds = watch.Elapsed.TotalSeconds }, TrajectoryJson.Options));
    return 0;

    void Progress(RlStep step)
    {
        if (step.Step % 10 == 0) Say($"step {step.Step.ToString(CultureInfo.InvariantCulture)}: reward {step.Metrics["reward"].ToString("0.00", CultureInfo.InvariantCulture)}");
    }
}

static void Say(string text) => Console.Error.WriteLine(text);

static string Success(IReadOnlyList<double> solved)
{
    var interval = WilsonInterval.Of((int)solved.Sum(), solved.Count);
    return $"{Percent(solved.Average())} ({Percent(interval.Low)} to {Percent(interval.High)})";
}

static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
