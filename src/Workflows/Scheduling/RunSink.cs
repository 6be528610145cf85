using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>Who hears of what happens in a run. Safe for concurrent use.</summary>
internal abstract class RunSink
{
    /// <summary>Whether events other than records are told to anybody.</summary>
    public abstract bool TellsAll { get; }

    public abstract void Record(NodeVisit visit, TrajectoryNode node, bool isReplayed);

    public abstract void Tell(WorkflowEvent e);

    /// <summary>Completes when what was told so far was heard, so that a reader who pauses lets the run pause.</summary>
    public virtual ValueTask HeardAsync() => default;
}

/// <summary>Keeps the records of a run, in the order of their paths.</summary>
internal sealed class CollectingSink : RunSink
{
    private readonly Lock _gate = new();
    private readonly List<(VisitPath Path, TrajectoryNode Node)> _nodes = [];
    private bool _isOrdered = true;

    public override bool TellsAll => false;

    public override void Record(NodeVisit visit, TrajectoryNode node, bool isReplayed)
    {
        lock (_gate)
        {
            _isOrdered &= _nodes.Count == 0 || _nodes[^1].Path <= visit.Path;
            _nodes.Add((visit.Path, node));
        }
    }

    public override void Tell(WorkflowEvent e) { }

    public ImmutableArray<TrajectoryNode> Nodes()
    {
        lock (_gate)
        {
            // Stable, so that the calls of one visit keep their order.
            return _isOrdered ? [.. _nodes.Select(n => n.Node)] : [.. _nodes.OrderBy(n => n.Path).Select(n => n.Node)];
        }
    }
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
