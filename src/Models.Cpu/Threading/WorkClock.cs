using System.Diagnostics;

namespace AgentTeams.Models;

/// <summary>What a thread's time goes to.</summary>
internal enum WorkKind
{
    /// <summary>A part of any work; the others lie within it.</summary>
    Part,

    Product,

    Packing,

    Attention,

    Loss,

    Optimizer,
}

/// <summary>For benchmarks: the time that all threads of the process spend on each kind of work, while it is switched on.</summary>
internal static class WorkClock
{
    private static readonly long[] s_ticks = new long[Enum.GetValues<WorkKind>().Length];

    public static bool IsOn { get; set; }

    public static void Reset() => Array.Clear(s_ticks);

    /// <summary>Thread seconds of a kind since the last reset.</summary>
    public static double Seconds(WorkKind kind) => Interlocked.Read(ref s_ticks[(int)kind]) / (double)Stopwatch.Frequency;

    /// <summary>Measures until it is disposed of.</summary>
    public static Measurement Measure(WorkKind kind) => new(kind, IsOn ? Stopwatch.GetTimestamp() : 0);

    internal readonly struct Measurement(WorkKind kind, long begin) : IDisposable
    {
        public void Dispose()
        {
            if (begin != 0) Interlocked.Add(ref s_ticks[(int)kind], Stopwatch.GetTimestamp() - begin);
        }
    }
}
