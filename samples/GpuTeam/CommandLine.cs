using System.CommandLine;
using AgentTeams.Models.Torch;

namespace AgentTeams.Samples.GpuTeam;

/// <summary>The options of the program.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Func<GpuTeamOptions, CancellationToken, Task<int>> run)
    {
        var defaults = new GpuTeamOptions();
        var model = new Option<string?>("--model") { Description = "A Hugging Face folder of the Llama, Qwen2 or Qwen3 family; a small random model unless given." };
        var data = new Option<string?>("--data") { Description = "Training tasks as JSONL in the format of GSM8K (question, answer ending in #### and a number); generated unless given." };
        var test = new Option<string?>("--test") { Description = "Held-out tasks in the same format; the last tenth of the training tasks unless given." };
        var steps = Number("--steps", "Steps of reinforcement learning.", defaults.Steps);
        var tasks = Number("--tasks", "Tasks per step.", defaults.TasksPerStep);
        var group = Number("--group-size", "Rollouts per task, which are compared with each other.", defaults.GroupSize);
        var tokens = Number("--max-tokens", "The most tokens of one reply.", defaults.MaxTokens);
        var testTasks = Number("--test-tasks", "How many held-out tasks are tried before and after.", defaults.TestTasks);
        var rank = Number("--rank", "Rank of each role's adapter.", defaults.Rank);
        var rate = new Option<double>("--learning-rate") { Description = "Learning rate of the adapters.", DefaultValueFactory = _ => defaults.LearningRate };
        var seed = Number("--seed", "Decides every random draw.", defaults.Seed);
        var device = new Option<TorchDevice>("--device") { Description = "Where to compute.", DefaultValueFactory = _ => TorchDevice.Auto };
        var precision = new Option<TorchPrecision>("--precision") { Description = "The element type of the base.", DefaultValueFactory = _ => TorchPrecision.Auto };
        var cache = new Option<double>("--cache-gib") { Description = "GiB for keys and values.", DefaultValueFactory = _ => 2 };
        var save = new Option<string?>("--save") { Description = "The folder for the model with its trained adapters." };
        var root = new RootCommand("A planner, a coder and a verifier, each an adapter on one model, learn to solve GSM8K-format tasks. `word-problems` runs the team of samples/WordProblems on this engine instead.")
        {
            model, data, test, steps, tasks, group, tokens, testTasks, rank, rate, seed, device, precision, cache, save,
        };
        root.SetAction((parsed, cancellationToken) => run(new GpuTeamOptions
        {
            Model = parsed.GetValue(model), Data = parsed.GetValue(data), Test = parsed.GetValue(test), Steps = parsed.GetValue(steps), TasksPerStep = parsed.GetValue(tasks),
            GroupSize = parsed.GetValue(group), MaxTokens = parsed.GetValue(tokens), TestTasks = parsed.GetValue(testTasks), Rank = parsed.GetValue(rank), LearningRate = parsed.GetValue(rate),
            Seed = parsed.GetValue(seed), Save = parsed.GetValue(save),
            Torch = new() { Device = parsed.GetValue(device), Precision = parsed.GetValue(precision), CacheMemory = (long)(parsed.GetValue(cache) * (1L << 30)), GradientCheckpointing = true },
        }, cancellationToken));
        return root;
    }

    private static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
