using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>Who hears of what happens in a run. Safe for concurrent use.</summary>
internal abstract class RunSink
{
    /// <summary>Whether events other than records are told to anybody.</summary>
    public abstract bool TellsAll { get; }

    public abstract void Record(NodeVisit visit, TrajectoryNode node, bool isReplayed);

    public abstract void Tell(WorkflowEvent e);

    /// <summary>Branches of a visit turn out to have been for nothing.</summary>
    public virtual void Discard(VisitPath visit, ImmutableArray<int> branches) { }

    /// <summary>Completes when what was told so far was heard, so that a reader who pauses lets the run pause.</summary>
    public virtual ValueTask HeardAsync() => default;
}

/// <summary>Keeps the records of a run, in the order of their paths.</summary>
internal sealed class CollectingSink : RunSink
{
    private readonly Lock _gate = new();
    private readonly RecordOrder _records = new();

    public override bool TellsAll => false;

    public override void Record(NodeVisit visit, TrajectoryNode node, bool isReplayed)
    {
        lock (_gate) _records.Add(visit.Path, node);
    }

    public override void Discard(VisitPath visit, ImmutableArray<int> branches)
    {
        lock (_gate) _records.Discard(visit, branches);
    }

    public override void Tell(WorkflowEvent e) { }

    public ImmutableArray<TrajectoryNode> Nodes()
    {
        lock (_gate) return _records.ToNodes();
    }
}

/// <summary>Records as they come, put into the order of their paths, which does not depend on when they came.</summary>
internal sealed class RecordOrder
{
    private readonly List<(VisitPath Path, TrajectoryNode Node)> _nodes = [];
    private List<(VisitPath Visit, ImmutableArray<int> Branches)>? _discarded;
    private bool _isOrdered = true;

    public void Add(VisitPath path, TrajectoryNode node)
    {
        _isOrdered &= _nodes.Count == 0 || _nodes[^1].Path <= path;
        _nodes.Add((path, node));
    }

    public void Discard(VisitPath visit, ImmutableArray<int> branches) => (_discarded ??= []).Add((visit, branches));

    // The sort is stable, so that the calls of one visit keep their order.
    public ImmutableArray<TrajectoryNode> ToNodes() =>
        [.. (_isOrdered ? _nodes.AsEnumerable() : _nodes.OrderBy(n => n.Path)).Select(n => IsDiscarded(n.Path) ? n.Node with { Discarded = true } : n.Node)];

    private bool IsDiscarded(VisitPath path) => _discarded is not null
        && _discarded.Exists(d => path.Length > d.Visit.Length && path.Parts.StartsWith(d.Visit.Parts) && d.Branches.Contains(path.Parts[d.Visit.Length]));
}

/// <summary>Hands events to a reader, who reads them one after another.</summary>
internal sealed class StreamingSink : RunSink
{
    private readonly Lock _gate = new();
    private List<WorkflowEvent> _events = [];
    private TaskCompletionSource? _told;
    private TaskCompletionSource? _heard;
    private bool _isReading;
    private bool _isClosed;

    public override bool TellsAll => true;

    public override void Record(NodeVisit visit, TrajectoryNode node, bool isReplayed) =>
        Tell(new CallRecorded(node) { NodeId = visit.Id, Turn = visit.Turn, Step = visit.Step, Path = visit.Path, IsReplayed = isReplayed });

    public override void Tell(WorkflowEvent e)
    {
        TaskCompletionSource? told;
        lock (_gate)
        {
            _events.Add(e);
            (told, _told) = (_told, null);
        }

        told?.TrySetResult();
    }

    public override ValueTask HeardAsync()
    {
        lock (_gate)
        {
            if (_isClosed || (_events.Count == 0 && !_isReading)) return default;

            // Goes on inside of the reader's call for more, which costs no thread.
            _heard ??= new();
            return new(_heard.Task);
        }
    }

    /// <summary>Whether there is nothing to take.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate) return _events.Count == 0;
        }
    }

    /// <summary>Nobody reads any more.</summary>
    public void Close()
    {
        TaskCompletionSource? heard;
        lock (_gate)
        {
            _isClosed = true;
            (heard, _heard) = (_heard, null);
        }

        heard?.TrySetResult();
    }

    /// <summary>Takes what was told. The reader says by asking again that it has read all of it.</summary>
    public IReadOnlyList<WorkflowEvent> Drain()
    {
        TaskCompletionSource? heard = null;
        IReadOnlyList<WorkflowEvent> drained = [];
        lock (_gate)
        {
            if (_events.Count == 0)
            {
                _isReading = false;
                (heard, _heard) = (_heard, null);
            }
            else
            {
                _isReading = true;
                drained = _events;
                _events = [];
            }
        }

        heard?.TrySetResult();
        return drained;
    }

    /// <summary>Completes when there is something to take.</summary>
    public Task ToldAsync()
    {
        lock (_gate)
        {
            if (_events.Count > 0) return Task.CompletedTask;
            _told ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _told.Task;
        }
    }
}
