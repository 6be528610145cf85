namespace AgentTeams.Tests.Simulation;

/// <summary>How a run of the engine ended; one that failed has an error and no result.</summary>
internal sealed record SimEnding(WorkflowResult<SimState>? Result, Exception? Error)
{
    public bool IsWaiting => Result is { IsCompleted: false };

    public override string ToString() => Result is null ? $"failed: {Error!.Message}" : $"{(IsWaiting ? "waiting" : "completed")}: {Result.State}";
}

/// <summary>Compares a run of the engine with the reference.</summary>
internal static class SimCheck
{
    public static void Compare(SimGraph graph, IReadOnlyList<byte[]> records, SimEnding ending)
    {
        var reference = new SimReference(graph, new(records));
        var part = reference.Run();
        CompareEnds(part, reference.Log, ending);
        var run = RunState.FromRecords<SimState>(records.Select(r => new ReadOnlyMemory<byte>(r)));
        CompareVisits(reference.Log.Visits, run.Visits);
        CompareCalls(reference.Log.Calls, [.. run.Visits.Where(v => !IsCancelled(v)).SelectMany(v => v.Nodes)]);
        if (ending.Result is { } result) CompareRecords(reference.Log.Calls, result.Nodes);
    }

    public static void CompareReplay(WorkflowResult<SimState> first, WorkflowResult<SimState> replayed)
    {
        Ensure(first.State.IsSame(replayed.State), $"the replay came to {replayed.State} instead of {first.State}");
        var (told, again) = (Describe(first), Describe(replayed));
        Ensure(told.SequenceEqual(again), $"the replay tells of {string.Join(' ', again)} instead of {string.Join(' ', told)}");
    }

    private static IEnumerable<string> Describe(WorkflowResult<SimState> result) =>
        result.Nodes.Select(n => $"{n.Id}({string.Join(',', n.Parents)}){(n.Discarded ? "-" : "")}{n.Branch}{n.Step}/{n.Turn}").Concat(result.Requests.Select(r => r.Id));

    private static void CompareEnds(SimPart part, SimLog log, SimEnding ending)
    {
        var expected = $"the reference {part.End.ToString().ToLowerInvariant()} in {part.State} {string.Join(" or ", part.Faults ?? new HashSet<string>())}, the run {ending}";
        switch (part.End)
        {
            case SimEnd.Done:
                Ensure(ending is { Result: { IsCompleted: true } whole } && whole.State.IsSame(part.State), expected);
                break;
            case SimEnd.Failed:
                Ensure(ending.Error is not null && part.Faults!.Contains(SimFault.KeyOf(ending.Error.Message)), expected);
                break;
            case SimEnd.Waiting:
                Ensure(ending.IsWaiting && ending.Result!.State.IsSame(part.State), expected);
                var requests = ending.Result!.Requests.Select(r => r.Id).ToList();
                var certain = log.Requests.Select(r => r.Id).ToList();
                Ensure(requests.Except(log.PossibleRequests.Select(r => r.Id)).SequenceEqual(certain),
                    $"the run asks {string.Join(' ', requests)} instead of {string.Join(' ', certain)}");
                break;
            default:
                throw new SimMismatchException(expected);
        }
    }

    private static void CompareVisits(List<SimVisit> expected, IReadOnlyList<RunVisit> visits)
    {
        var known = expected.ToDictionary(v => v.Path, StringComparer.Ordinal);
        var made = visits.ToDictionary(v => v.Path.ToString(), StringComparer.Ordinal);
        foreach (var visit in expected.Where(v => v.IsCertain)) Ensure(made.ContainsKey(visit.Path), $"the journal has no visit of {visit.Id} at {visit.Path}");
        foreach (var (path, visit) in made)
        {
            if (!known.TryGetValue(path, out var own) && IsCancelled(visit)) continue;
            if (own is null) throw new SimMismatchException($"the journal has a visit of {visit.Id} at {path} that the reference does not make");
            var isSame = (visit.Id, visit.Name) == (own.Id, own.Name);
            if (own.IsCertain || visit.Error is null)
            {
                isSame &= (visit.Branch, visit.IsHandled) == (own.Branch, own.IsHandled)
                    && (visit.Error is null ? own.Faults is null : own.Faults?.Contains(SimFault.KeyOf(visit.Error.Message)) == true);
            }

            Ensure(isSame, $"the journal has {visit} at {path} and the reference {own} with {string.Join(" or ", own.Faults ?? new HashSet<string>())}");
        }
    }

    private static void CompareCalls(List<SimCall> expected, List<TrajectoryNode> nodes)
    {
        var known = expected.ToDictionary(c => c.Id, StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (!known.TryGetValue(node.Id, out var own)) throw new SimMismatchException($"the run has a record {node.Id} that the reference has not");
            Ensure(!own.IsCertain || own.Parents.Contains(SimScope.Any) || own.Parents.SequenceEqual(node.Parents),
                $"{node.Id} has the parents {string.Join(' ', node.Parents)} instead of {string.Join(' ', own.Parents)}");
        }
    }

    private static void CompareRecords(List<SimCall> expected, IReadOnlyList<TrajectoryNode> nodes)
    {
        // What was cancelled tells what it had done until then, which the reference does not know.
        CompareCalls(expected, [.. nodes.Where(n => !n.Discarded || expected.Exists(c => c.Id == n.Id))]);
        var certain = expected.Where(c => c.IsCertain).Select(c => c.Id).ToList();
        var told = nodes.Where(n => !n.Discarded).Select(n => n.Id).Intersect(certain).ToList();
        Ensure(told.SequenceEqual(certain), $"the result tells of {string.Join(' ', told)} instead of {string.Join(' ', certain)}");
        Ensure(nodes.Select(n => n.Id).Distinct().Count() == nodes.Count, $"an id is told twice: {string.Join(' ', nodes.Select(n => n.Id))}");
    }

    private static bool IsCancelled(RunVisit visit) => visit.Error is { Type: nameof(OperationCanceledException) or nameof(TaskCanceledException) };

    private static void Ensure(bool isSame, string difference)
    {
        if (!isSame) throw new SimMismatchException(difference);
    }
}
