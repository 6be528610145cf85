using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AgentTeams.Workflows;

/// <summary>
/// What runs of workflows tell OpenTelemetry, in its GenAI conventions: spans of runs, roles, model calls and tool calls, and how long they took. Nothing is
/// measured, and nothing allocated for it, in runs that began while nobody listened.
/// </summary>
/// <example>
/// <code>
/// services.AddOpenTelemetry()
///     .WithTracing(t => t.AddSource(WorkflowTelemetry.SourceName))
///     .WithMetrics(m => m.AddMeter(WorkflowTelemetry.MeterName));
/// </code>
/// </example>
public static class WorkflowTelemetry
{
    /// <summary>The name of the source of spans.</summary>
    public const string SourceName = "AgentTeams.Workflows";

    /// <summary>The name of the meter.</summary>
    public const string MeterName = "AgentTeams.Workflows";

    private static readonly Meter Meter = new(MeterName);

    private static ActivitySource Source { get; } = new(SourceName);

    internal static Histogram<double> RunDuration { get; } = Seconds("gen_ai.workflow.duration", "How long a run took.", [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]);

    internal static Histogram<double> AgentDuration { get; } =
        Seconds("gen_ai.invoke_agent.duration", "How long a role took to answer.", [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6]);

    internal static Histogram<double> ToolDuration { get; } = Seconds("gen_ai.execute_tool.duration", "How long a tool call took.", Doubling);

    internal static Histogram<double> CallDuration { get; } = Seconds("gen_ai.client.operation.duration", "How long a model call took.", Doubling);

    internal static Histogram<long> TokenUsage { get; } = Meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens read and written by a model call.", tags: null,
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    /// <summary>Whether anybody hears of a run that begins now.</summary>
    internal static bool HasListeners =>
        Source.HasListeners() || RunDuration.Enabled || AgentDuration.Enabled || ToolDuration.Enabled || CallDuration.Enabled || TokenUsage.Enabled;

    /// <summary>Begins a span below the current one. Listeners run on the caller's thread, and one that throws costs the span and not the run.</summary>
    internal static Activity? Start(string name, ActivityKind kind, IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var current = Activity.Current;
        try
        {
            return Source.StartActivity(name, kind, default(ActivityContext), tags);
        }
        catch (Exception)
        {
            Activity.Current = current;
            return null;
        }
    }

    /// <summary>Ends a span; likewise.</summary>
    internal static void Stop(Activity? activity)
    {
        try
        {
            activity?.Dispose();
        }
        catch (Exception)
        {
            Activity.Current = activity!.Parent;
        }
    }

    /// <summary>Tells a measurement; likewise.</summary>
    internal static void Measure<T>(Histogram<T> histogram, T value, in TagList tags)
        where T : struct
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception)
        {
            // The listener's own fault.
        }
    }

    private static double[] Doubling => [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    private static Histogram<double> Seconds(string name, string description, double[] buckets) =>
        Meter.CreateHistogram(name, "s", description, tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
