using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentTeams.Hosting;

/// <summary>A hosted workflow with the definition behind it.</summary>
internal sealed class HostedWorkflow<TState, TInput, TOutput>(
    string name, BoundWorkflow<TState, TInput, TOutput> bound, HostedWorkflowOptions options, IServiceProvider services) : HostedWorkflow<TInput, TOutput>(name)
    where TState : notnull
{
    private readonly ICheckpointStore? _store = services.GetService<ICheckpointStore>();
    private readonly TimeProvider _clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly ILoggerFactory _logs = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    public override bool IsDurable => _store is not null;

    internal override Type InputType => typeof(TInput);

    internal override HostedModels Models { get; } = new(name, options, services);

    internal override IReadOnlyList<Role> Roles => bound.Definition.Roles;

    public override async Task<TOutput> RunAsync(TInput input, string? runId = null, CancellationToken cancellationToken = default)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
            return await bound.RunAsync(input, Models.RuntimeIn(scope.ServiceProvider), OptionsFor(runId ?? RunIds.New()), cancellationToken).ConfigureAwait(false);
    }

    public override IAsyncEnumerable<WorkflowEvent> StreamAsync(TInput input, string? runId = null, CancellationToken cancellationToken = default) =>
        InScopeAsync(runtime => bound.StreamAsync(input, runtime, OptionsFor(runId ?? RunIds.New()), cancellationToken), cancellationToken);

    public override Task AnswerAsync(string runId, string requestId, JsonElement answer, CancellationToken cancellationToken = default) =>
        bound.Definition.AnswerAsync(Store(), runId, requestId, answer, cancellationToken);

    internal override IAsyncEnumerable<WorkflowEvent> StartAsync(object input, string runId, bool streamReplies, CancellationToken cancellationToken) =>
        InScopeAsync(runtime => bound.StreamAsync((TInput)input, runtime, OptionsFor(runId) with { StreamReplies = streamReplies }, cancellationToken), cancellationToken);

    internal override IAsyncEnumerable<WorkflowEvent> ResumeAsync(string runId, bool streamReplies, CancellationToken cancellationToken)
    {
        // The key is the stored run's own.
        var run = OptionsFor(runId) with { StreamReplies = streamReplies, Checkpoints = Store(), Seed = new(0) };
        return InScopeAsync(runtime => bound.StreamResumedAsync(runtime, run, cancellationToken), cancellationToken);
    }

    internal override async Task<bool> ExistsAsync(string runId, CancellationToken cancellationToken)
    {
        if (_store is null) return false;
        await foreach (var _ in _store.ReadAsync(runId, cancellationToken).ConfigureAwait(false)) return true;
        return false;
    }

    internal override bool TryGetOutput(WorkflowEvent e, out object? output)
    {
        var completed = e as WorkflowCompleted<TOutput>;
        output = completed is null ? null : completed.State;
        return completed is not null;
    }

    private ICheckpointStore Store() => _store ?? throw new AgentTeamsException($"The runs of the workflow '{Name}' are kept nowhere. Register a store with AddCheckpoints.");

    private WorkflowRunOptions OptionsFor(string runId)
    {
        var run = new WorkflowRunOptions
        {
            Seed = new(options.Seed, Task: runId), RunId = runId, Checkpoints = _store, TimeProvider = _clock, LoggerFactory = _logs, EnableSensitiveData = options.EnableSensitiveData,
        };
        return options.Run?.Invoke(run) ?? run;
    }

    private async IAsyncEnumerable<WorkflowEvent> InScopeAsync(Func<TeamRuntime, IAsyncEnumerable<WorkflowEvent>> run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            await foreach (var e in run(Models.RuntimeIn(scope.ServiceProvider)).WithCancellation(cancellationToken).ConfigureAwait(false)) yield return e;
        }
    }
}
