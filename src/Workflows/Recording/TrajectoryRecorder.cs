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
        return RecordAsync(workflow.StreamAsync(initial, runtime, options, cancellationToken), recording);
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
        var nodes = ImmutableArray.CreateBuilder<TrajectoryNode>();
        await foreach (var e in events.ConfigureAwait(false))
        {
            last = e;
            if (e is WorkflowStarted s) started = s;
            else if (e is CallRecorded call) nodes.Add(call.Node);
        }

        if (started is null) throw new AgentTeamsException("The events hold no WorkflowStarted. Record a run from its first event.");
        var trajectory = Create(started.Workflow, started.Seed, nodes.ToImmutable(), recording.GroupId);
        return last switch
        {
            WorkflowCompleted<TState> done => Complete(trajectory, done.State, recording.Outcome),
            WorkflowFailed failed => new(trajectory with { Error = NodeError.Of(failed.Exception) }, default, failed.Exception),
            WorkflowCancelled => new(trajectory with { Status = TrajectoryStatus.Cancelled }, default, null),
            _ => throw new AgentTeamsException($"The events of the workflow '{started.Workflow}' end with {last?.GetType().Name}. Record a run up to its last event, with the run's state type."),
        };
    }

    // What was run is kept, though its result cannot be told.
    private static RecordedRun<TState> Complete<TState>(Trajectory trajectory, TState state, Func<TState, string?> outcome)
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
            Usage = new(nodes.Sum(n => n.Usage?.InputTokens ?? 0), nodes.Sum(n => n.Usage?.OutputTokens ?? 0)),
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

    /// <summary>Gives the run's result as text, from its final state; null for a run that has none.</summary>
    /// <value>By default the state as JSON.</value>
    public Func<TState, string?> Outcome { get; init; } = s => TrajectoryJson.ToElement(s).GetRawText();
}

/// <summary>A run that was recorded.</summary>
/// <typeparam name="TState">The workflow's state.</typeparam>
/// <param name="Trajectory">What happened.</param>
/// <param name="State">The final state; default unless the run completed.</param>
/// <param name="Error">Why the run failed, or null.</param>
public sealed record RecordedRun<TState>(Trajectory Trajectory, TState? State, Exception? Error);
