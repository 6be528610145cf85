using System.Diagnostics;

namespace AgentTeams.Benchmarks.Workflows;

internal static class Sections
{
    public static async Task NodesAsync()
    {
        foreach (var nodes in (int[])[10, 100, 1000, 10_000])
        {
            var (functions, roles) = (Workloads.Functions(nodes), Workloads.Roles(nodes));
            var repeats = nodes < 1000 ? 300 : 15;
            Print($"function node, {nodes} in a run", await Measure.RunAsync(nodes, () => functions.RunAsync(new(), Workloads.Runtime, Workloads.Options), repeats));
            Print($"role node with recording, {nodes} in a run", await Measure.RunAsync(nodes, () => roles.RecordAsync(new(), Workloads.Runtime, Workloads.Options), repeats));
        }
    }

    public static async Task ParallelAsync()
    {
        foreach (var branches in (int[])[10, 100, 1000, 10_000])
        {
            var workflow = Workloads.Parallel(branches);
            Print($"branch of a parallel node, {branches} at once", await Measure.RunAsync(branches, () => workflow.RunAsync(new(), Workloads.Runtime, Workloads.Options), branches < 1000 ? 200 : 15));
        }
    }

    public static async Task EventsAsync()
    {
        var workflow = Workloads.Functions(1000);
        Print("event read from a stream", await Measure.RunAsync(3002, async () =>
        {
            await foreach (var _ in workflow.StreamAsync(new(), Workloads.Runtime, Workloads.Options)) { }
        }));
    }

    public static async Task RunsAsync()
    {
        var workflow = Workloads.Roles(10);
        foreach (var runs in (int[])[1, 100, 10_000])
        {
            Print($"run of 10 role nodes, {runs} at once", await Measure.RunAsync(runs, () => Task.WhenAll(Enumerable.Range(0, runs)
                .Select(_ => Task.Run(() => workflow.RecordAsync(new(), Workloads.Runtime, Workloads.Options)))), runs < 1000 ? 100 : 5));
        }
    }

    public static async Task ParkedAsync()
    {
        var workflow = Workloads.Parked();
        await workflow.RunAsync(new(), Workloads.Runtime, Workloads.Options);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var parked = new List<RunState<BenchState>>();
        for (var i = 0; i < 10_000; i++) parked.Add((await workflow.RunAsync(new(), Workloads.Runtime, Workloads.Options)).Run);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;

        // The second after the next, as the runtime still compiles in the first.
        await Task.Delay(2000);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.Delay(1000);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Console.WriteLine(FormattableString.Invariant($"{"parked runs, 10000 at once",-45} {held / 10_000,9} B each, {held / 1e6:0.0} MB, {cpu.TotalMilliseconds:0} ms of processor in a second"));
        GC.KeepAlive(parked);
    }

    public static void Print(string what, Cost cost) => Console.WriteLine($"{what,-45} {cost}");
}
