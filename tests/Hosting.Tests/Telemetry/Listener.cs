using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AgentTeams.Tests;

/// <summary>OpenTelemetry with exporters that keep what they are given.</summary>
internal sealed class Listener : IDisposable
{
    private readonly List<Activity> _spans = [];
    private readonly List<Metric> _metrics = [];
    private readonly TracerProvider _traces;
    private readonly MeterProvider _meters;

    public Listener(params string[] otherSources)
    {
        _traces = Sdk.CreateTracerProviderBuilder().AddSource([WorkflowTelemetry.SourceName, .. otherSources]).AddInMemoryExporter(_spans).Build();
        _meters = Sdk.CreateMeterProviderBuilder().AddMeter([WorkflowTelemetry.MeterName, .. otherSources]).AddInMemoryExporter(_metrics).Build();
    }

    public IReadOnlyList<Activity> Spans => [.. _spans];

    public Activity Span(string name) => Assert.Single(_spans, s => s.DisplayName == name);

    /// <summary>The tags of each series of a metric and how often it was measured, by the sum.</summary>
    public IReadOnlyList<(string Tags, double Sum, long Count)> Metric(string name)
    {
        _meters.ForceFlush();
        var series = new List<(string, double, long)>();
        foreach (var point in _metrics.Last(m => m.Name == name).GetMetricPoints())
        {
            var tags = new List<string>();
            foreach (var (key, value) in point.Tags) tags.Add($"{key}={value}");
            series.Add((string.Join(' ', tags.Order(StringComparer.Ordinal)), point.GetHistogramSum(), point.GetHistogramCount()));
        }

        return series;
    }

    public void Dispose()
    {
        _traces.Dispose();
        _meters.Dispose();
    }
}
