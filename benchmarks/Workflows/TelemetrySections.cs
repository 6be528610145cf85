using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AgentTeams.Benchmarks.Workflows;

/// <summary>What spans and metrics cost a role's visit, which tells two spans and three measurements, where somebody listens and where nobody does.</summary>
internal static class TelemetrySections
{
    private const int Nodes = 100;

    public static async Task TelemetryAsync()
    {
        var roles = Workloads.Roles(Nodes);
        var without = await MeasureAsync(roles);
        Sections.Print("role node without listeners", without);

        // As an exporter does: every span with all its attributes, and every measurement.
        using var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WorkflowTelemetry.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        using var meter = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        meter.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        meter.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        ActivitySource.AddActivityListener(spans);
        meter.Start();
        var with = await MeasureAsync(roles);
        Sections.Print("role node with listeners", with);
        Console.WriteLine(FormattableString.Invariant(
            $"{"listeners cost a role node",-45} {with.Microseconds - without.Microseconds,9:0.00} us {with.Bytes - without.Bytes,9:0} B, {with.Microseconds / without.Microseconds:0.00} times the time"));
    }

    private static Task<Cost> MeasureAsync(Workflow<BenchState> workflow) => Measure.RunAsync(Nodes, () => workflow.RunAsync(new(), Workloads.Runtime, Workloads.Options), 100);
}
