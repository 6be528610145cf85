using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>Says once how a workflow is called from outside.</summary>
public static class WorkflowBinding
{
    /// <summary>Binds a workflow to an input and an output; tools, agents, functions and endpoints are made from that.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="input">The state in which a run begins.</param>
    /// <param name="output">What a run that reached its end results in.</param>
    /// <param name="options">Another name and a description.</param>
    public static BoundWorkflow<TState, TInput, TOutput> Bind<TState, TInput, TOutput>(this Workflow<TState> workflow, Func<TInput, TState> input, Func<TState, TOutput> output, BindingOptions? options = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        return new(workflow, input, output, options ?? new());
    }

    /// <summary>Binds a workflow as a partner in a conversation.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="input">The state in which a run begins, from the conversation so far; the last message is the newest.</param>
    /// <param name="output">What it says; a text, or an <see cref="AgentReply"/> that also hands over.</param>
    /// <param name="options">Another name and a description.</param>
    public static BoundWorkflow<TState, IReadOnlyList<ChatMessage>, AgentReply> BindChat<TState>(
        this Workflow<TState> workflow, Func<IReadOnlyList<ChatMessage>, TState> input, Func<TState, AgentReply> output, BindingOptions? options = null)
        where TState : notnull => workflow.Bind(input, output, options);

    /// <summary>Runs a bound workflow and records it. A failed or cancelled run is recorded too; nothing is thrown for it.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="initial">Its input.</param>
    /// <param name="runtime">The models behind the roles.</param>
    /// <param name="options">The run's options; their seed key addresses the trajectory.</param>
    /// <param name="recording">What the events do not tell; every value has a default.</param>
    /// <param name="cancellationToken">Cancels the run; what was done until then is recorded.</param>
    public static Task<RecordedRun<TOutput>> RecordAsync<TInput, TOutput>(this BoundWorkflow<TInput, TOutput> workflow, TInput initial, TeamRuntime runtime,
        WorkflowRunOptions? options = null, RecordingOptions<TOutput>? recording = null, CancellationToken cancellationToken = default)
        where TOutput : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return TrajectoryRecorder.RecordAsync(workflow.StreamAsync(initial, runtime, options, cancellationToken), recording);
    }
}
