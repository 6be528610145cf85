using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AgentTeams.Runs;

/// <summary>
/// The metrics of steps and evaluations as gauges of the meter <c>AgentTeams.Runs</c>, which OpenTelemetry and <c>dotnet-counters</c> read: <c>agentteams.</c> and
/// the metric's own name with dots for slashes, tagged with plan and stage.
/// </summary>
internal static class RunMeter
{
    private static readonly Meter Meter = new("AgentTeams.Runs");
    private static readonly ConcurrentDictionary<string, Gauge<double>> Gauges = new(StringComparer.Ordinal);

    public static void Record(string plan, RunEvent e)
    {
        switch (e)
        {
            case StageStepped stepped:
                foreach (var (name, value) in stepped.Metrics) Record(name, value, plan, e.Stage);
                break;
            case TeamEvaluated { IsRecalled: false } evaluated:
                Record("evaluation/success", evaluated.Evaluation.Success.Rate, plan, evaluated.Evaluation.Name);
                break;
        }
    }

    private static void Record(string name, double value, string plan, string stage) =>
        Gauges.GetOrAdd(name, static n => Meter.CreateGauge<double>("agentteams." + n.Replace('/', '.'))).Record(value, new KeyValuePair<string, object?>("plan", plan), new("stage", stage));
}
