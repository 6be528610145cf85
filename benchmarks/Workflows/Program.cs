using AgentTeams.Benchmarks.Workflows;

// What a node, an event, a branch, a commit, a parked run, a recorded call, a million stored trajectories and listeners cost, beside other engines in the same process. One section by name, or all.
var sections = args.Length > 0 ? args : ["nodes", "parallel", "events", "runs", "parked", "durable", "recorder", "store", "telemetry", "peers"];
foreach (var section in sections)
{
    await (section switch
    {
        "nodes" => Sections.NodesAsync(),
        "parallel" => Sections.ParallelAsync(),
        "events" => Sections.EventsAsync(),
        "runs" => Sections.RunsAsync(),
        "parked" => Sections.ParkedAsync(),
        "durable" => DurableSections.DurableAsync(),
        "recorder" => RecorderSections.RecorderAsync(),
        "store" => StoreSections.StoreAsync(),
        "telemetry" => TelemetrySections.TelemetryAsync(),
        "peers" => DurableSections.PeersAsync(),
        _ => throw new ArgumentException($"There is no section '{section}'. There are nodes, parallel, events, runs, parked, durable, recorder, store, telemetry and peers."),
    });
}
