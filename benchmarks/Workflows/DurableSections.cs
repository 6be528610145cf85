using AgentTeams.Storage;
using Microsoft.Agents.AI.Workflows;

namespace AgentTeams.Benchmarks.Workflows;

internal static class DurableSections
{
    public static async Task DurableAsync()
    {
        var folder = Directory.CreateTempSubdirectory("journals").FullName;
        try
        {
            foreach (var nodes in (int[])[10, 1000, 10_000])
            {
                await CompareAsync($"journal in files, {nodes} role nodes", nodes, new FileCheckpointStore(Path.Combine(folder, "os")));
                if (nodes < 10_000) await CompareAsync($"journal in files with fsync, {nodes} role nodes", nodes, new FileCheckpointStore(Path.Combine(folder, "disk"), new() { FlushToDisk = true }), repeats: 3);
                await CompareAsync($"journal in memory, {nodes} role nodes", nodes, new InMemoryCheckpointStore());
                await ResumeAsync(nodes, new FileCheckpointStore(Path.Combine(folder, $"resume{nodes}")));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static async Task PeersAsync()
    {
        foreach (var nodes in (int[])[10, 100, 1000])
        {
            var (ours, theirs) = (Workloads.Functions(nodes), Peers.AgentFrameworkChain(nodes));
            Sections.Print($"function node by hand, {nodes} in a run", await Measure.RunAsync(nodes, () => Peers.ByHandAsync(nodes)));
            var own = await Measure.RunAsync(nodes, () => ours.RunAsync(new(), Workloads.Runtime, Workloads.Options));
            Sections.Print($"function node here, {nodes} in a run", own);
            var other = await Measure.RunAsync(nodes, () => Peers.RunAsync(theirs));
            Sections.Print($"executor of Agent Framework, {nodes} in a run", other);
            Console.WriteLine(FormattableString.Invariant($"{"  ratio of times",-45} {other.Microseconds / own.Microseconds,9:0.0}"));
            var store = new InMemoryCheckpointStore();
            var run = 0;
            var durable = await Measure.RunAsync(nodes, () => ours.RunAsync(new(), Workloads.Runtime, Workloads.Options with { Checkpoints = store, RunId = $"run{run++}" }), repeats: 5);
            Sections.Print($"function node here, durable, {nodes} in a run", durable);
            if (nodes > 100) continue;
            var checkpointed = await Measure.RunAsync(nodes, () => Peers.RunAsync(theirs, CheckpointManager.CreateInMemory()), repeats: 5);
            Sections.Print($"executor of Agent Framework, checkpointed, {nodes}", checkpointed);
            Console.WriteLine(FormattableString.Invariant($"{"  ratio of times",-45} {checkpointed.Microseconds / durable.Microseconds,9:0.0}"));
        }
    }

    private static async Task CompareAsync(string what, int nodes, ICheckpointStore store, int repeats = 7)
    {
        var workflow = Workloads.Roles(nodes);
        var run = 0;
        var plain = await Measure.RunAsync(nodes, () => workflow.RecordAsync(new(), Workloads.Runtime, Workloads.Options), repeats);
        var durable = await Measure.RunAsync(nodes, () => workflow.RecordAsync(new(), Workloads.Runtime, Workloads.Options with { Checkpoints = store, RunId = $"{nodes}-{run++}" }), repeats);
        var bytes = await store.ReadAsync($"{nodes}-0").Select(r => (long)r.Length).SumAsync();
        Console.WriteLine(FormattableString.Invariant($"{what,-45} {durable.Microseconds - plain.Microseconds,9:0.00} us a commit, {bytes / nodes} B stored"));
    }

    private static async Task ResumeAsync(int nodes, ICheckpointStore store)
    {
        var workflow = Workloads.Roles(nodes);
        var options = Workloads.Options with { Checkpoints = store, RunId = "run" };
        await workflow.RunAsync(new(), Workloads.Runtime, options);
        Sections.Print($"resumed node, {nodes} in a run", await Measure.RunAsync(nodes, () => workflow.RunAsync(new(), Workloads.Runtime, options), repeats: 5));
    }
}
