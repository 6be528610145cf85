namespace AgentTeams.Tests.Simulation;

/// <summary>All runs of one graph: several interleavings, one that is resumed from a journal cut short and one that is cancelled.</summary>
internal sealed class SimRuns
{
    private const int Interleavings = 2;
    private const string RunId = "run";
    private readonly SimGraph _graph;
    private readonly Workflow<SimState> _workflow;
    private readonly Random _random;
    private SimPump? _pump;

    public SimRuns(SimGraph graph)
    {
        _graph = graph;
        _random = new(SimHash.Of(graph.Seed, "runs"));
        _workflow = new SimBuilder(() => _pump!).Build("simulated", graph.Start);
    }

    /// <summary>How many runs were started or resumed.</summary>
    public int Count { get; private set; }

    public async Task AllAsync()
    {
        var store = new ListStore();
        for (var i = 0; i < Interleavings; i++)
        {
            store = new();
            await EndAsync(store);
        }

        var cut = new ListStore();
        cut.Runs[RunId] = [.. store.Runs[RunId].Take(_random.Next(1, store.Runs[RunId].Count + 1))];
        await EndAsync(cut);

        var stopped = new ListStore();
        await RunAsync(stopped, stopAfter: _random.Next(0, 12));
        await EndAsync(stopped);
    }

    /// <summary>Runs, answers what is asked and resumes until nothing is asked any more.</summary>
    private async Task EndAsync(ListStore store)
    {
        while (true)
        {
            var before = store.Runs.TryGetValue(RunId, out var records) ? records.ToList() : [];
            var ending = await RunAsync(store, stopAfter: null) ?? throw new SimMismatchException("a run that nobody stopped was cancelled");
            SimCheck.Compare(_graph, store.Runs[RunId], ending);
            EnsureNothingIsDoneAgain(before, store.Runs[RunId]);
            if (ending.Result is { } result) SimCheck.CompareReplay(result, await _workflow.ReplayAsync(await _workflow.ReadRunAsync(store, RunId)));
            if (!ending.IsWaiting) return;
            var requests = ending.Result!.Requests.OrderBy(_ => _random.Next()).Take(_random.Next(1, ending.Result.Requests.Count + 1)).ToList();
            for (var i = 0; i < requests.Count; i++)
            {
                try
                {
                    await _workflow.AnswerAsync(store, RunId, requests[i].Id, new SimHuman(requests[i].Node).Answer(requests[i].Read<int>()));
                }
                catch (AgentTeamsException e) when (i > 0 && e.Message.Contains("waits for no answer", StringComparison.Ordinal))
                {
                    // One answer was enough for the join that both were asked for.
                }
            }
        }
    }

    /// <summary>One run, or null if it was cancelled.</summary>
    private async Task<SimEnding?> RunAsync(ListStore store, int? stopAfter)
    {
        Count++;
        var pump = _pump = new(_random.Next());
        using var stop = new CancellationTokenSource();
        var options = new WorkflowRunOptions { Checkpoints = store, RunId = RunId, TimeProvider = pump.Clock };
        var run = store.Runs.ContainsKey(RunId) && _random.Next(2) == 0
            ? _workflow.ResumeAsync(Helpers.NoModel, options, stop.Token)
            : _workflow.RunAsync(_graph.Initial, Helpers.NoModel, options, stop.Token);
        if (!await pump.DriveAsync(run, stop, stopAfter)) throw new SimMismatchException("the run hangs: it has not ended, and nothing that it waits for is left");
        if (pump.Open != 0) throw new SimMismatchException($"the run has ended, and {pump.Open} of its calls have not");
        try
        {
            return new(await run, null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            return new(null, e);
        }
    }

    private void EnsureNothingIsDoneAgain(List<byte[]> before, List<byte[]> after)
    {
        if (before.Count == 0) return;
        var settled = Visits(before).Where(v => v.Error is null || v.IsHandled).GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.Count());
        var all = Visits(after).GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.Count());
        foreach (var work in _graph.Nodes.OfType<SimWork>())
        {
            var most = (all.GetValueOrDefault(work.Name) - settled.GetValueOrDefault(work.Name)) * (1 + work.Retries);
            var calls = _pump!.Calls.GetValueOrDefault(work.Name);
            if (calls > most) throw new SimMismatchException($"{work.Name} was called {calls} time(s) by a resumed run that may call it {most} time(s)");
        }

        static IReadOnlyList<RunVisit> Visits(List<byte[]> records) => RunState.FromRecords<SimState>(records.Select(r => new ReadOnlyMemory<byte>(r))).Visits;
    }
}
