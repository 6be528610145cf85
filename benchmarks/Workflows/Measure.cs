using System.Diagnostics;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>What one unit of a benchmark costs: the least time of several runs, as others share the machine, and what it allocates.</summary>
internal readonly record struct Cost(double Microseconds, double Bytes)
{
    public override string ToString() => FormattableString.Invariant($"{Microseconds,9:0.00} us {Bytes,9:0} B");
}

internal static class Measure
{
    /// <param name="units">How many units one run is.</param>
    /// <param name="run">A run.</param>
    /// <param name="repeats">How many runs are timed, after a warm-up.</param>
    public static async Task<Cost> RunAsync(int units, Func<Task> run, int repeats = 15)
    {
        // Long enough for the runtime to have compiled what is measured for good.
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 700) await run();
        // Short runs together, so that what a collection costs the caches is not theirs.
        var runs = Math.Max(1, 5000 / units);
        var (least, bytes) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < repeats; i++)
        {
            GC.Collect();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var watch = Stopwatch.StartNew();
            for (var j = 0; j < runs; j++) await run();
            least = Math.Min(least, watch.Elapsed.TotalMicroseconds / units / runs);
            bytes = Math.Min(bytes, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / units / runs);
        }

        return new(least, bytes);
    }
}
