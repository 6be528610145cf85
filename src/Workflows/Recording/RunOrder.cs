using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// The order of a recorded run, by what built on what: an invocation comes after those it builds on,
/// those that wait for nothing more in the order in which their agents were wrapped; what a tool started comes right behind the call that asked for the tool.
/// </summary>
internal sealed class RunOrder
{
    private readonly ILookup<(AgentInvocation Outer, int Calls), AgentInvocation> _inner;
    private readonly List<TrajectoryNode> _nodes = [];
    private readonly Dictionary<PendingNode, int> _places = [];
    private readonly Dictionary<string, int> _visits = new(StringComparer.Ordinal);
    private readonly TurnCounter<string> _turns = new();
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private int _steps;

    private RunOrder(IReadOnlyList<AgentInvocation> invocations) =>
        _inner = invocations.Where(i => i.Outer.Invocation is not null).ToLookup(i => (i.Outer.Invocation!, i.Outer.Calls));

    /// <summary>The records with their ids, parents, turns and steps.</summary>
    public static ImmutableArray<TrajectoryNode> Arrange(IReadOnlyList<AgentInvocation> invocations)
    {
        var order = new RunOrder(invocations);
        order.Emit([.. invocations.Where(i => i.Outer.Invocation is null)], null);
        return [.. order._nodes];
    }

    private void Emit(List<AgentInvocation> waiting, int? outerTurn)
    {
        waiting.Sort(Compare);
        var open = waiting.ToHashSet();
        while (waiting.Count > 0)
        {
            var next = waiting.Find(i => !i.Parents.Any(p => open.Contains(Among(open, p.Owner)))) ?? waiting[0];
            waiting.Remove(next);
            open.Remove(next);
            Emit(next, outerTurn);
        }
    }

    // What an agent's tools start belongs to the agent's turn.
    private void Emit(AgentInvocation invocation, int? outerTurn)
    {
        var (turn, ids) = (outerTurn ?? _turns.Enter(invocation.Role), NextIds(invocation.Role));
        var calls = 0;
        var asked = new List<FunctionCallContent>();
        EmitInner(invocation, calls, turn);
        var step = _steps++;
        foreach (var node in InCallOrder(invocation.Nodes))
        {
            var isTool = node.Content.Kind == NodeKind.Tool && node.InnerId is null;
            var id = node.InnerId is { } inner ? $"{ids.Visit}/{inner}" : !isTool ? ids.NextCall(node.UsesTools) : invocation.IsTool ? ids.Visit : ids.NextTool();
            _places[node] = _nodes.Count;
            _nodes.Add(node.Content with
            {
                Id = id, Parents = [.. node.Parents.Where(_places.ContainsKey).OrderBy(p => _places[p]).Select(p => _nodes[_places[p]].Id)], Turn = turn, Step = step,
                ToolName = isTool ? TakeName(asked, node.CallId) ?? node.Content.ToolName : node.Content.ToolName,
            });
            if (isTool) continue;
            asked = [.. CallsOf(node.Content)];

            // What comes behind them is committed behind them.
            if (EmitInner(invocation, ++calls, turn)) step = _steps++;
        }
    }

    private bool EmitInner(AgentInvocation outer, int calls, int turn)
    {
        List<AgentInvocation> inner = [.. _inner[(outer, calls)]];
        var isAny = inner.Count > 0;
        Emit(inner, turn);
        return isAny;
    }

    // An agent may be called as another's second visit is.
    private NodeIds NextIds(string role)
    {
        while (true)
        {
            var visit = _visits.GetValueOrDefault(role);
            _visits[role] = visit + 1;
            var ids = new NodeIds(role, visit);
            if (_taken.Add(ids.Visit)) return ids;
        }
    }

    // Tools that ran at once are told in the order in which the model asked for them.
    private static IEnumerable<PendingNode> InCallOrder(IReadOnlyList<PendingNode> nodes)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            yield return nodes[i];
            var asked = CallsOf(nodes[i].Content).Select(c => c.CallId).ToList();
            var round = nodes.Skip(i + 1).TakeWhile(n => n.CallId is not null).ToList();
            if (asked.Count == 0 || round.Count < 2) continue;
            foreach (var tool in round.OrderBy(t => asked.IndexOf(t.CallId!)).ThenBy(t => t.CallIndex)) yield return tool;
            i += round.Count;
        }
    }

    // The model's own name for what it called; calls of one id are taken one after another.
    private static string? TakeName(List<FunctionCallContent> asked, string? callId)
    {
        if (asked.FindIndex(c => c.CallId == callId) is not (>= 0 and var at)) return null;
        var name = asked[at].Name;
        asked.RemoveAt(at);
        return name;
    }

    private static IEnumerable<FunctionCallContent> CallsOf(TrajectoryNode call) => call.Output.SelectMany(m => m.Contents).OfType<FunctionCallContent>();

    private static AgentInvocation Among(HashSet<AgentInvocation> waiting, AgentInvocation invocation)
    {
        var at = invocation;
        while (!waiting.Contains(at) && at.Outer.Invocation is { } outer) at = outer;
        return at;
    }

    private static int Compare(AgentInvocation a, AgentInvocation b)
    {
        var byTwins = a.Twins.CompareTo(b.Twins);
        var byOrder = byTwins != 0 ? byTwins : a.Seat.Order.CompareTo(b.Seat.Order);
        var byRole = byOrder != 0 ? byOrder : string.CompareOrdinal(a.Role, b.Role);
        return byRole != 0 ? byRole : string.CompareOrdinal(a.Lineage, b.Lineage);
    }
}
