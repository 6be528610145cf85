using Microsoft.Extensions.Logging;

namespace AgentTeams.Hosting;

/// <summary>The runs of one workflow that go on in this process. Safe for concurrent use.</summary>
internal sealed class LiveRuns(bool goOnAlone, ILogger log, CancellationToken stopping)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LiveRun> _runs = new(StringComparer.Ordinal);

    public LiveRun? Find(string runId)
    {
        lock (_gate) return _runs.GetValueOrDefault(runId);
    }

    /// <summary>Begins a run, unless one of that id goes on already.</summary>
    public LiveRun Start(string runId, RunMessages telling, Func<CancellationToken, IAsyncEnumerable<WorkflowEvent>> events)
    {
        LiveRun run;
        lock (_gate)
        {
            if (_runs.TryGetValue(runId, out var live)) return live;
            _runs[runId] = run = new(runId, goOnAlone, log, stopping);
        }

        _ = RunAsync(run, telling, events);
        return run;
    }

    private async Task RunAsync(LiveRun run, RunMessages telling, Func<CancellationToken, IAsyncEnumerable<WorkflowEvent>> events)
    {
        await run.RunAsync(telling, events).ConfigureAwait(false);
        lock (_gate) _runs.Remove(run.Id);
        run.End();
    }
}
