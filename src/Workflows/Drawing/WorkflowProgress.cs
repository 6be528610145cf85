namespace AgentTeams.Workflows;

/// <summary>How far each node of a run got, from the run's events: what a live drawing shows.</summary>
/// <example>
/// <code>
/// var progress = new WorkflowProgress();
/// await foreach (WorkflowEvent e in workflow.StreamAsync(initial, runtime))
/// {
///     progress.Add(e);
///     Show(workflow.ToMermaid(progress.Nodes));
/// }
/// </code>
/// </example>
public sealed class WorkflowProgress
{
    private readonly Dictionary<string, NodeProgress> _nodes = new(StringComparer.Ordinal);

    /// <summary>How far each node that was entered got, by name; those of workflows inside are left out.</summary>
    public IReadOnlyDictionary<string, NodeProgress> Nodes => _nodes;

    /// <summary>Notes an event.</summary>
    public void Add(WorkflowEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        NodeProgress? reached = e switch
        {
            NodeStarted => NodeProgress.Running,
            HumanAsked => NodeProgress.Waiting,
            NodeCompleted => NodeProgress.Completed,
            NodeFailed => NodeProgress.Failed,
            _ => null,
        };
        if (reached is not null && !e.NodeId.Contains('/', StringComparison.Ordinal)) _nodes[e.NodeId.Split('#')[0]] = reached.Value;
    }
}
