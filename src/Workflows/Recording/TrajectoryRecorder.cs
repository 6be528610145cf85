using System.Collections.Immutable;

namespace AgentTeams.Workflows;

/// <summary>Turns the events of a run into a trajectory.</summary>
public static class TrajectoryRecorder
{
    /// <summary>Runs a workflow and records it. A failed or cancelled run is recorded too; nothing is thrown for it.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="initial">The state it starts with.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's options; their seed key addresses the trajectory.</param>
    /// <param name="recording">What the events do not tell; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; what was done until then is recorded.</param>
    public static Task<RecordedRun<TState>> RecordAsync<TState>(this Workflow<TState> workflow, TState initial, TeamRuntime runtime, WorkflowRunOptions? options = null,
        RecordingOptions<TState>? recording = null, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return RecordAsync(workflow.NewRun(runtime, ref options), workflow.Begin(initial, options), recording, cancellationToken);
    }

    /// <summary>Goes on with a run and records all of it. Of a fork, what it inherited is marked so.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="run">What was done before; nothing of it is done again.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's options; the key is the run's own.</param>
    /// <param name="recording">What the events do not tell; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; what was done until then is recorded.</param>
    public static Task<RecordedRun<TState>> RecordResumedAsync<TState>(this Workflow<TState> workflow, RunState<TState> run, TeamRuntime runtime, WorkflowRunOptions? options = null,
        RecordingOptions<TState>? recording = null, CancellationToken cancellationToken = default)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return RecordAsync(workflow.NewRun(runtime, ref options), workflow.Continue(run, options), recording, cancellationToken);
    }

    /// <summary>Records the events of one run, which must begin with <see cref="WorkflowStarted"/>.</summary>
    /// <exception cref="AgentTeamsException">The events do not begin or do not end as a run does.</exception>
    public static async Task<RecordedRun<TState>> RecordAsync<TState>(IAsyncEnumerable<WorkflowEvent> events, RecordingOptions<TState>? recording = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(events);
        recording ??= new();
        WorkflowStarted? started = null;
        WorkflowEvent? last = null;
        var records = new RecordOrder();
        await foreach (var e in events.ConfigureAwait(false))
        {
            last = e;
            if (e is WorkflowStarted s) started = s;
            else if (e is CallRecorded call) records.Add(call.Path, call.Node);
            else if (e is NodeCompleted { LostBranches: { IsEmpty: false } lost }) records.Discard(e.Path, lost);
        }

        if (started is null) throw new AgentTeamsException("The events hold no WorkflowStarted. Record a run from its first event.");
        // What ran side by side was told as it happened; the record does not depend on that.
        var trajectory = Create(started.Workflow, started.Seed, records.ToNodes(), recording.GroupId) with { Properties = PropertiesOf(recording.Properties, started.Notes) };
        return last switch
        {
            WorkflowCompleted<TState> done => Complete(trajectory, done.State, recording.Outcome),
            WorkflowFailed failed => new(trajectory with { Error = NodeError.Of(failed.Exception) }, default, failed.Exception),
            WorkflowCancelled => new(trajectory with { Status = TrajectoryStatus.Cancelled }, default, null),
            WorkflowWaiting waiting => new(trajectory with { Status = TrajectoryStatus.Waiting }, default, null) { Requests = waiting.Requests },
            _ => throw new AgentTeamsException($"The events of the workflow '{started.Workflow}' end with {last?.GetType().Name}. Record a run up to its last event, with the run's state type."),
        };
    }

    private static async Task<RecordedRun<TState>> RecordAsync<TState>(WorkflowRun<TState> run, RunState<TState> from, RecordingOptions<TState>? recording, CancellationToken cancellationToken)
        where TState : notnull
    {
        recording ??= new();
        var sink = new CollectingSink();
        var end = await run.RunAsync(from, sink, cancellationToken).ConfigureAwait(false);
        var trajectory = Create(end.From.WorkflowName, end.From.Seed, sink.Nodes(), recording.GroupId) with { Properties = PropertiesOf(recording.Properties, end.From.Notes), ParentId = end.From.ParentId, ForkNodeId = end.From.ForkNodeId };
        var recorded = end.End.Kind switch
        {
            EndKind.Completed => Complete(trajectory, end.End.State, recording.Outcome),
            EndKind.Waiting => new(trajectory with { Status = TrajectoryStatus.Waiting }, default, null) { Requests = end.Requests },
            EndKind.Failed => new(trajectory with { Error = NodeError.Of(end.End.Error!) }, default, end.End.Error),
            _ => new(trajectory with { Status = TrajectoryStatus.Cancelled }, default, null),
        };
        return recorded with { Run = end.Run };
    }

    private static IReadOnlyDictionary<string, string>? PropertiesOf(IReadOnlyDictionary<string, string>? given, ImmutableSortedDictionary<string, string> notes) =>
        notes.IsEmpty ? given : given is null ? notes : notes.SetItems(given);

    // What was run is kept, though its result cannot be told.
    private static RecordedRun<TState> Complete<TState>(Trajectory trajectory, TState state, Func<TState, string?> outcome)
        where TState : notnull
    {
        try
        {
            return new(trajectory with { Status = TrajectoryStatus.Completed, Outcome = outcome(state) }, state, null);
        }
        catch (Exception e)
        {
            var error = new AgentTeamsException($"The run completed, but RecordingOptions.Outcome failed: {e.Message} Mend the delegate.", e);
            return new(trajectory with { Error = NodeError.Of(error) }, state, error);
        }
    }

    /// <summary>The trajectory that a key addresses, as failed and without an outcome.</summary>
    internal static Trajectory Create(string workflow, SeedKey seed, ImmutableArray<TrajectoryNode> nodes, string? group)
    {
        var key = seed with { Node = "", Visit = 0, Attempt = 0 };
        return new()
        {
            Id = key.ToTrajectoryId(),
            WorkflowName = workflow,
            TaskId = key.Task,
            GroupId = group ?? key.Task,
            SampleIndex = key.Sample,
            Key = key,
            Status = TrajectoryStatus.Failed,
            Usage = new(nodes.Sum(n => n.Inherited ? 0 : n.Usage?.InputTokens ?? 0), nodes.Sum(n => n.Inherited ? 0 : n.Usage?.OutputTokens ?? 0)),
            Nodes = nodes,
        };
    }
}

/// <summary>What a recorder cannot read from events.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
public sealed record RecordingOptions<TState>
{
    /// <summary>The group of the trajectory. Trajectories of one group are compared with each other.</summary>
    /// <value>Null, the default, for the task of the run's seed key.</value>
    public string? GroupId { get; init; }

    /// <summary>What is noted beside the run, for example versions and prices: <see cref="Trajectory.Properties"/>.</summary>
    /// <value>Null by default.</value>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <summary>Gives the run's result as text, from its final state; null for a run that has none.</summary>
    /// <value>By default the state as JSON.</value>
    public Func<TState, string?> Outcome { get; init; } = s => s as string ?? TrajectoryJson.ToElement(s).GetRawText();
}

/// <summary>A run that was recorded.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="Trajectory">What happened.</param>
/// <param name="State">The final state; default unless the run completed.</param>
/// <param name="Error">Why the run failed, or null.</param>
public sealed record RecordedRun<TState>(Trajectory Trajectory, TState? State, Exception? Error)
    where TState : notnull
{
    /// <summary>What the run waits for; empty unless it does.</summary>
    public IReadOnlyList<HumanRequest> Requests { get; init; } = [];

    /// <summary>What the run did, from which it goes on, is replayed or is forked; null where only its events were recorded.</summary>
    public RunState<TState>? Run { get; init; }
}
