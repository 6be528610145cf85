using System.Text.Json;

namespace AgentTeams.Hosting;

/// <summary>A workflow as a service, whatever its input and output; a keyed service by its name.</summary>
public abstract class HostedWorkflow
{
    private protected HostedWorkflow(string name) => Name = name;

    /// <summary>The name under which it is registered.</summary>
    public string Name { get; }

    /// <summary>Whether runs are kept in a store, so that they can be joined again, answered and resumed.</summary>
    public abstract bool IsDurable { get; }

    internal abstract Type InputType { get; }

    internal abstract HostedModels Models { get; }

    internal abstract IReadOnlyList<Role> Roles { get; }

    /// <summary>Answers a request of a run that waits; <c>StreamResumedAsync</c> then goes on with it.</summary>
    /// <param name="runId">The run's id.</param>
    /// <param name="requestId">The request's id.</param>
    /// <param name="answer">The answer as JSON.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">There is no store, the run has no such request, or the answer is none to it.</exception>
    /// <exception cref="JournalInUseException">The run is going on.</exception>
    public abstract Task AnswerAsync(string runId, string requestId, JsonElement answer, CancellationToken cancellationToken = default);

    /// <summary>Goes on with a run of the store and reports what happens; what was done before is told again as <see cref="WorkflowEvent.IsReplayed"/>.</summary>
    /// <param name="runId">The run's id.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <exception cref="AgentTeamsException">There is no store, or no such run in it; thrown by the first reading.</exception>
    public IAsyncEnumerable<WorkflowEvent> StreamResumedAsync(string runId, CancellationToken cancellationToken = default) => ResumeAsync(runId, streamReplies: false, cancellationToken);

    internal abstract IAsyncEnumerable<WorkflowEvent> StartAsync(object input, string runId, bool streamReplies, CancellationToken cancellationToken);

    internal abstract IAsyncEnumerable<WorkflowEvent> ResumeAsync(string runId, bool streamReplies, CancellationToken cancellationToken);

    internal abstract Task<bool> ExistsAsync(string runId, CancellationToken cancellationToken);

    /// <summary>The output, where the event says that the run is complete.</summary>
    internal abstract bool TryGetOutput(WorkflowEvent e, out object? output);
}

/// <summary>A workflow as a service: its models, clock, log and store are the application's, and each run has a scope of services of its own.</summary>
/// <typeparam name="TInput">What a run is given.</typeparam>
/// <typeparam name="TOutput">What a run results in.</typeparam>
/// <example>
/// <code>
/// public sealed class Articles([FromKeyedServices("article")] HostedWorkflow&lt;string, string&gt; workflow)
/// {
///     public Task&lt;string&gt; WriteAsync(string topic, CancellationToken token) => workflow.RunAsync(topic, cancellationToken: token);
/// }
/// </code>
/// </example>
public abstract class HostedWorkflow<TInput, TOutput> : HostedWorkflow
{
    private protected HostedWorkflow(string name)
        : base(name)
    {
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="input">What the run is given.</param>
    /// <param name="runId">Its id in the store, where a run of that id goes on; null, the default, for a new one.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <exception cref="WorkflowNodeException">A node failed and nothing handled it.</exception>
    /// <exception cref="WorkflowWaitingException">The run waits for an answer from outside.</exception>
    public abstract Task<TOutput> RunAsync(TInput input, string? runId = null, CancellationToken cancellationToken = default);

    /// <summary>Runs and reports what happens as it happens; a run that reaches its end closes with the output as <see cref="WorkflowCompleted{TState}"/>.</summary>
    /// <param name="input">What the run is given.</param>
    /// <param name="runId">Its id in the store, where a run of that id goes on; null, the default, for a new one.</param>
    /// <param name="cancellationToken">Cancels the run; its last event then is <see cref="WorkflowCancelled"/>.</param>
    public abstract IAsyncEnumerable<WorkflowEvent> StreamAsync(TInput input, string? runId = null, CancellationToken cancellationToken = default);
}
