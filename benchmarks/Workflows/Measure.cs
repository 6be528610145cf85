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
    /// <param name="repeats">How many runs are timed, after two that are not.</param>
    public static async Task<Cost> RunAsync(int units, Func<Task> run, int repeats = 15)
    {
        for (var i = 0; i < 3; i++) await run();
        var (least, bytes) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < repeats; i++)
        {
            GC.Collect();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var watch = Stopwatch.StartNew();
            await run();
            least = Math.Min(least, watch.Elapsed.TotalMicroseconds / units);
            bytes = Math.Min(bytes, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / units);
        }

        return new(least, bytes);
    }
}
