namespace AgentTeams.Workflows;

/// <summary>A workflow that answers for a recorded agent: its calls are told to the agent's record in the order of their paths, when the run is over or left.</summary>
internal sealed class InnerRun : IDisposable
{
    private readonly AgentInvocation? _agent;
    private readonly int _run;
    private readonly List<CallRecorded> _calls = [];

    /// <param name="agent">The agent's invocation; null where nobody records it.</param>
    /// <param name="options">How the workflow runs.</param>
    public InnerRun(AgentInvocation? agent, WorkflowRunOptions options)
    {
        _agent = agent;
        Options = options;
        if (agent is null) return;
        (_run, var seed) = agent.BeginInner();
        Options = options with { Seed = seed, TimeProvider = agent.TimeProvider };
    }

    /// <summary>How it runs, with the record's key and clock.</summary>
    public WorkflowRunOptions Options { get; }

    public void Add(CallRecorded call) => _calls.Add(call);

    public void Dispose()
    {
        // What ran side by side was told as it happened, and is recorded independently of that.
        foreach (var call in _calls.OrderBy(c => c.Path)) _agent?.AddInner(call.Node, _run);
    }
}
