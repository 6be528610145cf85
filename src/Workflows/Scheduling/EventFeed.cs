namespace AgentTeams.Workflows;

/// <summary>Carries events from a running node to the reader of the run.</summary>
internal sealed class EventFeed
{
    private readonly Lock _gate = new();
    private List<WorkflowEvent> _events = [];
    private TaskCompletionSource? _signal;

    public void Add(WorkflowEvent e)
    {
        lock (_gate)
        {
            _events.Add(e);
            _signal?.TrySetResult();
            _signal = null;
        }
    }

    public IReadOnlyList<WorkflowEvent> Drain()
    {
        lock (_gate)
        {
            if (_events.Count == 0) return [];
            var drained = _events;
            _events = [];
            return drained;
        }
    }

    /// <summary>Completes when there is something to drain.</summary>
    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (_events.Count > 0) return Task.CompletedTask;
            _signal ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _signal.Task;
        }
    }
}
