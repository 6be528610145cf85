using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Workflows;

/// <summary>
/// Visits that follow one another: the run itself, a branch of a parallel node, a round of a loop, an item of a map or a workflow inside. Used
/// by one visit at a time; what runs side by side has scopes of its own.
/// </summary>
internal sealed class Scope
{
    private readonly VisitPath _at;
    private readonly object _graph;
    private readonly VisitCounter _visits;
    private readonly TurnCounter<int> _turns;
    private readonly int _branch;
    private int _next;

    /// <summary>The scope of a whole run.</summary>
    public Scope(RunContext run, object graph, int nodes)
    {
        Run = run;
        _graph = graph;
        _visits = new(nodes);
        _turns = new();
        Memory = new(run.Log);
    }

    private Scope(Scope outer, object graph, NodeVisit at, int branch, VisitCounter visits, TurnCounter<int> turns, ScopeMemory memory)
    {
        (Run, Seed, IdPrefix, Depth) = (outer.Run, outer.Seed, outer.IdPrefix, outer.Depth);
        (_graph, _at, _branch, _visits, _turns, Memory) = (graph, at.Path, branch, visits, turns, memory);
        Committed = outer.Committed;
        Step = at.Step + 1;
        IsClosed = outer.IsClosed || at.IsOver;
        IsBranch = outer.IsBranch;
    }

    public RunContext Run { get; }

    /// <summary>What the ids of nodes in here begin with.</summary>
    public string IdPrefix { get; private init; } = "";

    /// <summary>The key of draws in here.</summary>
    public SeedKey Seed { get => field ?? Run.Seed; private init; }

    public ScopeMemory Memory { get; }

    /// <summary>The records whose results the next node uses.</summary>
    public ImmutableArray<string> Committed { get; set; } = [];

    /// <summary>One more than the greatest step that the next visit depends on.</summary>
    public int Step { get; set; }

    /// <summary>The turn of the last visit.</summary>
    public int Turn => _turns.Turn;

    /// <summary>The nodes that were entered, in order.</summary>
    public List<int> Visited { get; } = [];

    /// <summary>Whether others may run beside it.</summary>
    public bool IsBranch { get; private init; }

    /// <summary>Whether the journal holds all that ever happened in here, as the node around it is done.</summary>
    public bool IsClosed { get; }

    /// <summary>Whether whatever is around it goes on without it if it fails, so that its failure is not made good later.</summary>
    public bool IsSkippable { get; private init; }

    /// <summary>Whether the run went on, if the visit that was entered last failed: code caught it, or who began the scope did without.</summary>
    public bool WentOnFromFailure => IsClosed || IsSkippable || (IsCode && Run.Journal.Reached(NextPath()));

    /// <summary>Whether its visits are the steps of code, which catches what fails and goes on.</summary>
    public bool IsCode => _visits.IsByName;

    /// <summary>How many workflows this one is inside of.</summary>
    public int Depth { get; private init; }

    /// <summary>The workflow whose nodes are visited.</summary>
    public WorkflowGraph<TState> GraphOf<TState>()
        where TState : notnull => (WorkflowGraph<TState>)_graph;

    public NodeVisit Enter(int index, IWorkflowNode node)
    {
        Visited.Add(index);
        var path = NextPath();
        _next++;
        var (speaker, visits) = _visits.Enter(index, node.Name);
        return new(this, node, visits, _turns.Enter(speaker), Step++, path);
    }

    /// <summary>Whether the journal has the next visit, which then is told whatever happened since.</summary>
    public bool HasNext() => Run.Journal.Find(NextPath()) is { IsSettled: true };

    /// <summary>The scope of a branch, whose nodes belong to the same workflow.</summary>
    public Scope Branch(NodeVisit at, int branch) => new(this, _graph, at, branch, _visits, new(at.Turn), new(Memory)) { IsBranch = true };

    /// <summary>The scope of a loop: its rounds follow one another and share everything.</summary>
    public Scope Loop(NodeVisit at) => new(this, _graph, at, 0, _visits, _turns, Memory);

    /// <summary>The scope of another workflow.</summary>
    /// <param name="at">The visit that it works for.</param>
    /// <param name="place">Which of the visit's runs it is.</param>
    /// <param name="graph">That workflow.</param>
    /// <param name="nodes">How many nodes that workflow has.</param>
    public Scope Inside(NodeVisit at, InsidePlace place, object graph, int nodes) => Inside(at, place, graph, new VisitCounter(nodes), new(Run.Log));

    /// <summary>The scope of code whose steps have names but no places in a graph.</summary>
    /// <param name="at">The visit that it works for.</param>
    /// <param name="place">Which of the visit's runs it is.</param>
    /// <param name="memory">What its roles remember.</param>
    public Scope Steps(NodeVisit at, InsidePlace place, ScopeMemory memory) => Inside(at, place, _graph, new VisitCounter(), memory);

    /// <summary>The scope of code that is all there is of its workflow.</summary>
    public Scope Code(NodeVisit at) => new(this, _graph, at, 0, new VisitCounter(), _turns, Memory);

    private Scope Inside(NodeVisit at, InsidePlace place, object graph, VisitCounter visits, ScopeMemory memory)
    {
        if (Depth >= Run.MaxDepth)
        {
            throw new AgentTeamsException(string.Create(CultureInfo.InvariantCulture, $"The node '{at.Id}' runs a workflow inside of {Depth} others. ")
                + "Let workflows not run themselves without end, or raise WorkflowRunOptions.MaxDepth.");
        }

        var id = place.IdAt(at);
        return new(this, graph, at, place.Branch, visits, new(at.Turn), memory)
        {
            IdPrefix = id + "/", Seed = Seed with { Path = Seed.Path.Length == 0 ? id : $"{Seed.Path}/{id}" }, Depth = Depth + 1,
            IsBranch = IsBranch || place.Key is not null, IsSkippable = place.IsSkippable,
        };
    }

    /// <summary>The path of the visit that comes next.</summary>
    public VisitPath NextPath() => _at.Length == 0 ? VisitPath.Of(_at, _next) : VisitPath.Of(_at, _branch, _next);

    /// <summary>Goes on after scopes inside have ended.</summary>
    public void Join(params ReadOnlySpan<Scope> ended)
    {
        foreach (var inner in ended)
        {
            Step = Math.Max(Step, inner.Step);
            _turns.Advance(inner._turns.Turn);
        }
    }
}
