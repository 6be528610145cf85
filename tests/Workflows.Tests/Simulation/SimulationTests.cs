using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace AgentTeams.Tests.Simulation;

/// <summary>
/// Random graphs in random interleavings against a reference. SIMULATION_GRAPHS says how many, SIMULATION_SEED with which the first is made; the next has
/// the next seed, so that one alone is made again by its own.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task RunAsync_RandomGraphsInRandomInterleavings_EndAsTheReferenceDoes()
    {
        var (graphs, first) = (Setting("SIMULATION_GRAPHS", 300), Setting("SIMULATION_SEED", 1));
        var clock = Stopwatch.StartNew();
        // Without a context of the test's, one thing goes on inside of the other.
        var summary = await Task.Run(() => SimulateAsync(first, graphs));
        var line = string.Create(CultureInfo.InvariantCulture, $"{graphs} graphs from seed {first}, {summary} {clock.Elapsed.TotalSeconds:F1} s");
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("SIMULATION_SUMMARY") is { Length: > 0 } path) await File.WriteAllTextAsync(path, line + "\n");
    }

    private static async Task<string> SimulateAsync(int first, int graphs)
    {
        var runs = 0;
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failures = new List<string>();
        for (var seed = first; seed < first + graphs && failures.Count < 5; seed++)
        {
            var graph = SimGenerator.Generate(seed);
            foreach (var node in graph.Nodes) kinds[node.Kind] = kinds.GetValueOrDefault(node.Kind) + 1;
            try
            {
                var all = new SimRuns(graph);
                await all.AllAsync();
                runs += all.Count;
            }
            catch (Exception e)
            {
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"SIMULATION_SEED={seed} SIMULATION_GRAPHS=1: {(e is SimMismatchException ? e.Message : e)}\n{graph}"));
            }
        }

        if (failures.Count > 0) Assert.Fail(string.Join('\n', failures));
        return $"{runs} runs, {string.Join(' ', kinds.Select(k => $"{k.Value} {k.Key}"))};";
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
