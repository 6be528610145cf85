using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;

namespace AgentTeams.AgentFramework;

/// <summary>Runs of Agent Framework's workflows as trajectories and as rollouts.</summary>
public static class RecordedWorkflows
{
    /// <summary>
    /// Runs a workflow of recorded agents once and ends the recording with what became of it. A failure is recorded as a failure, though the
    /// stream of such a workflow ends without an exception.
    /// </summary>
    /// <param name="recorder">The recorder for which its agents were wrapped.</param>
    /// <param name="workflow">The workflow; an object of its own for each run, as it serves one at a time.</param>
    /// <param name="input">What a user says.</param>
    /// <param name="outcome">
    /// The run's result from what the workflow put out, in order; null for the text of the last message of the last output.
    /// </param>
    /// <param name="group">Trajectories that are compared with each other share a group; null for the key's task.</param>
    public static Task<Trajectory> RecordAsync(
        this AgentRecorder recorder, Microsoft.Agents.AI.Workflows.Workflow workflow, string input, Func<IReadOnlyList<object>, string?>? outcome = null, string? group = null) =>
        recorder.RecordAsync(workflow, [new ChatMessage(ChatRole.User, input)], outcome, group);

    /// <inheritdoc cref="RecordAsync(AgentRecorder, Microsoft.Agents.AI.Workflows.Workflow, string, Func{IReadOnlyList{object}, string}, string)"/>
    public static Task<Trajectory> RecordAsync(
        this AgentRecorder recorder, Microsoft.Agents.AI.Workflows.Workflow workflow, IEnumerable<ChatMessage> input, Func<IReadOnlyList<object>, string?>? outcome = null, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(input);
        return recorder.RecordRunAsync(async token => (outcome ?? LastText)(await RunAsync(workflow, [.. input], token).ConfigureAwait(false)), group);
    }

    /// <summary>Rollouts that each build a workflow of recorded agents and run it once: what <c>TaskSet.Create</c> and the trainer take.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">A name for what the agents do together.</param>
    /// <param name="build">Builds the workflow from agents that are wrapped for this recorder.</param>
    /// <param name="input">What a user says for a task.</param>
    /// <param name="outcome">The run's result from what the workflow put out, in order; null for the text of the last message of the last output.</param>
    /// <example>
    /// <code>
    /// var rollout = RecordedWorkflows.Rollout("math",
    ///     recorder => AgentWorkflowBuilder.BuildSequential(planner.Recorded(recorder), coder.Recorded(recorder)), (Problem p) => p.Question);
    /// var tasks = TaskSet.Create(problems, p => p.Question, rollout);
    /// </code>
    /// </example>
    public static Rollout<TTask> Rollout<TTask>(
        string name, Func<AgentRecorder, Microsoft.Agents.AI.Workflows.Workflow> build, Func<TTask, string> input, Func<IReadOnlyList<object>, string?>? outcome = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(input);
        return Rollouts.Recorded(name, (AgentRecorder recorder, TTask task) => recorder.RecordAsync(build(recorder), input(task), outcome));
    }

    private static async Task<IReadOnlyList<object>> RunAsync(Microsoft.Agents.AI.Workflows.Workflow workflow, List<ChatMessage> input, CancellationToken cancellationToken)
    {
        var outputs = new List<object>();
        await using var run = await InProcessExecution.RunStreamingAsync(workflow, input, cancellationToken: cancellationToken).ConfigureAwait(false);
        await run.TrySendMessageAsync(new TurnToken(emitEvents: false)).ConfigureAwait(false);
        await foreach (var e in run.WatchStreamAsync(blockOnPendingRequest: false, cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case WorkflowErrorEvent failed:
                    throw Failure(workflow, failed.Exception, "it");
                case ExecutorFailedEvent failed:
                    throw Failure(workflow, failed.Data, $"its executor '{failed.ExecutorId}'");
                case RequestInfoEvent asked:
                    throw new AgentTeamsException(
                        $"The workflow '{workflow.Name}' waits for an answer at the port '{asked.Request.PortInfo.PortId}', which nobody gives in a recorded run. Let an agent answer, or record a run that you drive yourself with RecordRunAsync.");
                case WorkflowOutputEvent { Data: { } data } when e.GetType() == typeof(WorkflowOutputEvent):
                    outputs.Add(data);
                    break;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return outputs.Count > 0 ? outputs : throw new AgentTeamsException($"The workflow '{workflow.Name}' ended without an output. Name the executors whose output is the workflow's, with WithOutputFrom.");
    }

    private static AgentTeamsException Failure(Microsoft.Agents.AI.Workflows.Workflow workflow, Exception? cause, string where)
    {
        var root = cause;
        while (root is System.Reflection.TargetInvocationException { InnerException: { } inner }) root = inner;
        return root as AgentTeamsException ?? new($"The workflow '{workflow.Name}' failed: {where} threw {root?.GetType().Name ?? "an unknown error"}: {root?.Message} Mend the agent or its tool.", root);
    }

    private static string? LastText(IReadOnlyList<object> outputs) => outputs[^1] switch
    {
        string text => text,
        ChatMessage message => message.Text,
        IEnumerable<ChatMessage> messages => messages.LastOrDefault()?.Text,
        var other => other.ToString(),
    };
}
