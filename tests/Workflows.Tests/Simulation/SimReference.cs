using System.Globalization;

namespace AgentTeams.Tests.Simulation;

/// <summary>
/// What a run comes to, by the guide alone: one visit after another, each part of a graph by a method that calls itself. What timing decides it takes
/// from the journal, and marks what depends on more than that as not certain.
/// </summary>
internal sealed class SimReference(SimGraph graph, SimChoices choices)
{
    private SimLog _log = new();

    public SimLog Log => _log;

    public SimPart Run() => Walk(graph.Start, graph.Initial, new("", "", new(StringComparer.Ordinal)));

    private SimPart Walk(SimChain chain, SimState state, SimScope scope)
    {
        foreach (var step in chain.Steps)
        {
            var part = Visit(step, state, scope);
            if (part.End != SimEnd.Done) return part;
            state = part.State;
        }

        return new(SimEnd.Done, state);
    }

    private SimPart Visit(SimStep step, SimState state, SimScope scope)
    {
        var name = step.Node.Name;
        var (path, id) = scope.Enter(name, choices);
        var work = Do(step.Node, path, id, state, scope);
        if (work.End is SimEnd.Waiting or SimEnd.Unknown) return new(work.End, state);
        // One that should have begun and did not is told as a visit that is missing.
        if (choices.IsBegun(path)) _log.Calls.AddRange(work.Calls);
        if (work.Calls.Count > 0) scope.Committed = work.Calls.Exists(c => !c.IsCertain) ? [SimScope.Any] : [.. work.Calls.Select(c => c.Id)];
        if (work.End == SimEnd.Failed)
        {
            var faults = work.Faults!;
            if (choices.FaultAt(path) is { } first && faults.Contains(first)) faults = new HashSet<string> { first };
            if (step.Route is null || faults.Count > 1)
            {
                _log.Visits.Add(new(path, id, name, null, faults, IsHandled: false));
                return new(step.Route is null ? SimEnd.Failed : SimEnd.Unknown, state, faults);
            }

            var fault = faults.Single();
            _log.Settle(new(path, id, name, "error", faults, IsHandled: true));
            return Walk(step.Route, Update(scope, state, s => s.Add($"{name}!{fault}")), scope);
        }

        state = Update(scope, state, work.Update!);
        if (!step.HasChoice)
        {
            _log.Settle(new(path, id, name, null, null, IsHandled: false));
            return new(SimEnd.Done, state);
        }

        var (isBack, exit) = (step.GoesBack(state), step.ExitAfter(state));
        _log.Settle(new(path, id, name, isBack ? "back" : string.Create(CultureInfo.InvariantCulture, $"way{exit}"), null, IsHandled: false));
        return isBack ? Visit(step, state, scope) : Walk(step.Exits[exit], state, scope);
    }

    private SimWorkDone Do(SimNode node, string path, string id, SimState state, SimScope scope)
    {
        var call = new SimCall(id, scope.Committed);
        switch (node)
        {
            case SimPure:
                return new(SimEnd.Done, [call], s => s.Add(node.Name));
            case SimWork work when work.Hangs(state):
                return SimWorkDone.Fail(SimFault.Late, call);
            case SimWork work when work.Fails(state):
                return SimWorkDone.Fail(work.FaultKey(state), call);
            case SimWork work:
                var value = work.Value(state);
                return new(SimEnd.Done, [call], s => s.Add($"{node.Name}={value}"));
            case SimHuman human when choices.IsAnswered(path):
                var answer = human.Answer(state.Hash);
                return new(SimEnd.Done, [call], s => s.Add($"{node.Name}?{answer}"));
            case SimHuman:
                _log.Requests.Add((path, id));
                return new(SimEnd.Waiting, []);
            case SimLoop loop:
                return Loop(loop, path, state, scope);
            case SimSub sub:
                return Sub(sub, path, id, state, scope);
            case SimMap map:
                return Map(map, path, id, state, scope);
            case SimParallel parallel:
                return Fork(parallel, path, state, scope);
            default:
                throw new ArgumentException($"{node} is unknown.", nameof(node));
        }
    }

    private SimWorkDone Loop(SimLoop loop, string path, SimState state, SimScope scope)
    {
        var inner = scope.Part(path, 0);
        var isDone = false;
        for (var round = 0; !isDone && round < loop.MaxRounds; round++)
        {
            var part = Walk(loop.Round, state, inner);
            scope.Committed = inner.Committed;
            if (part.End != SimEnd.Done) return new(part.End, [], null, part.Faults);
            state = part.State;
            isDone = loop.IsDone(state);
        }

        return isDone || !loop.FailsAtLimit ? new(SimEnd.Done, [], inner.Apply) : SimWorkDone.Fail(SimFault.Limit);
    }

    private SimWorkDone Sub(SimSub sub, string path, string id, SimState state, SimScope scope)
    {
        var inner = scope.Inside(path, 0, id);
        var part = Walk(sub.Start, new(state.Hash), inner);
        return new(part.End, [new(id, inner.Committed)], s => s.Add($"{sub.Name}={part.State.Hash}"), part.Faults);
    }

    private SimWorkDone Map(SimMap map, string path, string id, SimState state, SimScope scope)
    {
        var ends = map.Items(state).Select((item, i) =>
        {
            var itemId = $"{id}[{map.KeyOf(item)}]";
            var inner = scope.Inside(path, i, itemId);
            var (part, log) = Aside(() => Walk(map.Start, new(SimHash.Of(0, item)), inner));
            return (Part: part, Log: log, Call: new SimCall(itemId, inner.Committed));
        }).ToList();
        var failed = ends.Where(e => e.Part.End == SimEnd.Failed).ToList();
        var isStopped = failed.Count > 0 && !map.SkipsFailed;
        var isUnknown = ends.Exists(e => e.Part.End == SimEnd.Unknown);
        foreach (var end in ends) _log.Add(end.Log, !(isStopped || isUnknown) || ends.Count == 1);
        if (isStopped)
        {
            foreach (var end in ends) end.Call.IsCertain = ends.Count == 1;
            return new(SimEnd.Failed, [.. ends.Select(e => e.Call)], null, failed.SelectMany(e => e.Part.Faults!).ToHashSet());
        }

        if (isUnknown) return new(SimEnd.Unknown, []);
        if (ends.Exists(e => e.Part.End == SimEnd.Waiting)) return new(SimEnd.Waiting, []);
        var results = string.Join(',', ends.Where(e => e.Part.End == SimEnd.Done).Select(e => e.Part.State.Hash));
        return new(SimEnd.Done, [.. ends.Select(e => e.Call)], s => s.Add($"{map.Name}=[{results}]"));
    }

    private SimWorkDone Fork(SimParallel parallel, string path, SimState state, SimScope scope)
    {
        var taken = parallel.Branches.Select((b, i) => (Branch: b, Index: i)).Where(b => b.Branch.IsTaken(state)).ToList();
        if (taken.Count < parallel.Needed) return SimWorkDone.Fail(SimFault.TooFew);
        var branches = taken.Select(b =>
        {
            var inner = scope.Part(path, b.Index);
            var (part, log) = Aside(() => Walk(b.Branch.Chain, state, inner));
            return new SimArrival(b.Index, part, log, inner);
        }).ToList();
        var join = SimJoin.Decide(parallel, path, branches, choices.TakenAt(path));
        foreach (var branch in branches)
        {
            var isCertain = branches.Count == 1 || join.End == SimEnd.Waiting || join.Winners.Contains(branch);
            _log.Add(branch.Log, isCertain);
        }

        if (join.End != SimEnd.Done) return new(join.End, [], null, join.Faults);
        if (join.Winners.Count > 0) scope.Committed = [.. join.Winners.SelectMany(w => w.Scope.Committed).Distinct()];
        return new(SimEnd.Done, [], s => parallel.IsMerged
            ? SimParallel.Merge(s, join.Winners.Select(w => w.Scope.Apply(s)))
            : join.Winners.Aggregate(s, (at, w) => w.Scope.Apply(at)));
    }

    private (SimPart Part, SimLog Log) Aside(Func<SimPart> walk)
    {
        var outer = _log;
        _log = new();
        var part = walk();
        (var own, _log) = (_log, outer);
        return (part, own);
    }

    private static SimState Update(SimScope scope, SimState state, Func<SimState, SimState> update)
    {
        scope.Updates.Add(update);
        return update(state);
    }
}

/// <summary>What a chain came to.</summary>
internal readonly record struct SimPart(SimEnd End, SimState State, IReadOnlySet<string>? Faults = null);

/// <summary>What a node came to, before it is known where the run goes.</summary>
internal sealed record SimWorkDone(SimEnd End, List<SimCall> Calls, Func<SimState, SimState>? Update = null, IReadOnlySet<string>? Faults = null)
{
    public static SimWorkDone Fail(string fault, params SimCall[] calls) => new(SimEnd.Failed, [.. calls], null, new HashSet<string> { fault });
}
