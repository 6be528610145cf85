using System.Diagnostics;

namespace AgentTeams.Workflows;

/// <summary>A run, or a workflow inside of one, while somebody listens: its span, and how long it took.</summary>
internal sealed class RunObservation : IDisposable
{
    private readonly string _workflow;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly bool _tellsMessages;
    private readonly Activity? _activity;
    private EndKind _kind = EndKind.Cancelled;
    private Exception? _error;

    public RunObservation(string workflow, TimeProvider clock, bool tellsMessages)
    {
        (_workflow, _clock, _began, _tellsMessages) = (workflow, clock, clock.GetTimestamp(), tellsMessages);
        _activity = WorkflowTelemetry.Start("invoke_workflow " + workflow, ActivityKind.Internal, [new(Tags.Operation, "invoke_workflow"), new(Tags.WorkflowName, workflow)]);
    }

    /// <summary>Where a run that goes on from this one links to, as a W3C <c>traceparent</c>; null where no span is recorded.</summary>
    public string? Trace => _activity is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>Says which run it is, once the store told.</summary>
    /// <param name="runId">Its id.</param>
    /// <param name="earlier">The <see cref="Trace"/> of what it goes on from, or null.</param>
    public void Identify(string runId, string? earlier)
    {
        if (_activity is null) return;
        _activity.AddTag(Tags.RunId, runId);
        if (ActivityContext.TryParse(earlier, null, isRemote: true, out var context)) _activity.AddLink(new(context));
    }

    public void End(EndKind kind, Exception? error) => (_kind, _error) = (kind, error);

    public void Dispose()
    {
        var tags = new TagList { { Tags.WorkflowName, _workflow } };
        if (_error is not null && _kind == EndKind.Failed) tags.Add(Tags.ErrorType, _activity.SetError(_error, _tellsMessages));
        _activity?.AddTag(Tags.RunStatus, Status);
        WorkflowTelemetry.Measure(WorkflowTelemetry.RunDuration, _clock.GetElapsedTime(_began).TotalSeconds, tags);
        WorkflowTelemetry.Stop(_activity);
    }

    private string Status => _kind switch
    {
        EndKind.Completed => "completed",
        EndKind.Waiting => "waiting",
        EndKind.Failed => "failed",
        _ => "cancelled",
    };
}
