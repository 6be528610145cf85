using System.CommandLine;
using System.Text.Json;
using AgentTeams;
using AgentTeams.Benchmarks.TorchSharp;
using AgentTeams.Models.Torch;

// Tokens per second and model-flop utilisation of rollouts and training through TorchSharp, as one JSON object.
var sizes = new Option<string[]>("--sizes") { DefaultValueFactory = _ => [BenchmarkShape.All[0].Name], AllowMultipleArgumentsPerToken = true, Description = "The shapes to measure." };
sizes.AcceptOnlyFromAmong([.. BenchmarkShape.All.Select(s => s.Name)]);
var device = new Option<TorchDevice>("--device") { DefaultValueFactory = _ => TorchDevice.Auto, Description = "Where to compute." };
var precision = new Option<TorchPrecision>("--precision") { DefaultValueFactory = _ => TorchPrecision.BFloat16, Description = "The element type of the weights." };
var peak = new Option<double?>("--peak-tflops") { Description = "What the device can do in that type; unless given, the best of large matrix products is taken." };
var full = new Option<bool>("--full") { Description = "Train all weights; one adapter per role unless given." };
var checkpointing = new Option<bool>("--checkpointing") { Description = "Compute activations again on the way back." };
var rows = new Option<int>("--rows") { DefaultValueFactory = _ => 32, Description = "Rows of one training step, and prompts of one rollout." };
var length = new Option<int>("--length") { DefaultValueFactory = _ => 256, Description = "Tokens of a row: half prompt, half completion." };
var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 5, Description = "Timed repetitions after one that warms up; medians are printed." };
var python = new Option<string?>("--pytorch") { Description = "A Python that has PyTorch, such as python3: the same shapes are measured with it, and the ratio is printed." };
var command = new RootCommand("Measures rollouts and training of the TorchSharp engine.") { sizes, device, precision, peak, full, checkpointing, rows, length, steps, python };
command.SetAction(async (parsed, _) =>
{
    var options = new TorchModelOptions { Device = parsed.GetValue(device), Precision = parsed.GetValue(precision), GradientCheckpointing = parsed.GetValue(checkpointing) };
    var work = new Work(parsed.GetValue(rows), parsed.GetValue(length), parsed.GetValue(steps), parsed.GetValue(full));
    var peer = parsed.GetValue(python) is { } program ? new PyTorchPeer(program, options) : null;
    try
    {
        Console.WriteLine(JsonSerializer.Serialize(await TorchBenchmark.RunAsync(parsed.GetValue(sizes)!, options, work, parsed.GetValue(peak) * 1e12, peer)));
        return 0;
    }
    catch (AgentTeamsException e)
    {
        await Console.Error.WriteLineAsync($"error: {e.Message}");
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
