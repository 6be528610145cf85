using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using AgentTeams.Models.Torch;

namespace AgentTeams.Benchmarks.TorchSharp;

/// <summary>The same work in plain PyTorch, by <c>peer.py</c>.</summary>
/// <param name="python">The program that runs it.</param>
/// <param name="options">Where and in which type to compute.</param>
internal sealed class PyTorchPeer(string python, TorchModelOptions options)
{
    public async Task<Rates> RunAsync(BenchmarkShape shape, Work work)
    {
        var config = shape.Config;
        var device = TorchRuntime.Open(options.Device, options.DeviceIndex);
        var arguments = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["device"] = device.ToString(), ["type"] = options.Precision == TorchPrecision.BFloat16 ? "bfloat16" : "float32",
            ["vocabulary"] = config.VocabularySize, ["hidden"] = config.HiddenSize, ["intermediate"] = config.IntermediateSize, ["layers"] = config.Layers,
            ["heads"] = config.Heads, ["keyValueHeads"] = config.KeyValueHeads, ["rank"] = Work.Lora.Rank, ["alpha"] = Work.Lora.Alpha, ["full"] = work.Full,
            ["rows"] = work.Rows, ["length"] = work.Length, ["steps"] = work.Steps, ["checkpointing"] = options.GradientCheckpointing, ["tokensPerMicroBatch"] = Work.TokensPerMicroBatch,
        });
        using var process = Start(new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "peer.py"), arguments]) { RedirectStandardOutput = true });
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new AgentTeamsException($"'{python}' could not run peer.py. Give --pytorch a Python that has PyTorch for {device}.");
        var rates = JsonSerializer.Deserialize<Dictionary<string, double>>(output)!;
        return new Rates(rates["rollout"], rates["train"]);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new AgentTeamsException($"'{start.FileName}' could not be started. Give --pytorch a Python that has PyTorch. {e.Message}", e);
        }
    }
}
