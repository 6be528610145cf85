using System.CommandLine;
using System.Text.Json;
using AgentTeams.Benchmarks.Models;

// The CPU engine's rates as one JSON object; with --peer beside those of others on the same machine, in turn.
var peer = new Option<string[]>("--peer") { Description = "libtorch or llama, in this process; or a Python program that does the same work in PyTorch.", DefaultValueFactory = _ => [] };
var python = new Option<string>("--python") { DefaultValueFactory = _ => "/usr/bin/python3", Description = "The interpreter that has PyTorch." };
var runs = new Option<int>("--runs") { DefaultValueFactory = _ => 5, Description = "Runs of each, in turn; medians are printed." };
var large = new Option<bool>("--large") { Description = "Also the larger shape, which takes minutes." };
var products = new Option<bool>("--products") { Description = "Only the matrix products beside the peak." };
var limits = new Option<bool>("--limits") { Description = "Only training beside the peak, and decoding in every format beside what memory gives." };
var memory = new Option<bool>("--memory") { Description = "Only what a model of half a billion parameters in BF16 takes to load, answer and train an adapter." };
var command = new RootCommand("Measures training and generation of the CPU engine.") { peer, python, runs, large, products, limits, memory };
command.SetAction(async (parsed, cancellationToken) =>
{
    if (parsed.GetValue(memory))
    {
        Console.WriteLine(JsonSerializer.Serialize(await HalfBillion.MeasureAsync()));
        return 0;
    }

    if (parsed.GetValue(limits))
    {
        List<(ModelShape, string)> shapes = parsed.GetValue(large) ? [(ModelShape.Default, ""), (ModelShape.Large, "large_")] : [(ModelShape.Default, "")];
        Console.WriteLine(JsonSerializer.Serialize(await new LimitShares(parsed.GetValue(runs)).RunAsync(shapes, cancellationToken)));
        return 0;
    }

    var peers = parsed.GetValue(peer)!.ToLookup(p => p is "libtorch" or "llama");
    var script = peers[false].SingleOrDefault();
    var benchmark = new ModelBenchmark(script is null ? null : new PythonPeer(parsed.GetValue(python)!, script), [.. peers[true]], parsed.GetValue(runs));
    Console.WriteLine(JsonSerializer.Serialize(parsed.GetValue(products) ? benchmark.Products() : await benchmark.RunAsync(parsed.GetValue(large), cancellationToken)));
    return 0;
});
return await command.Parse(args).InvokeAsync();
