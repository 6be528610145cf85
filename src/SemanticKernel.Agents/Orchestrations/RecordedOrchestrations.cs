using System.Reflection;
using AgentTeams.Rl;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents.Orchestration;

namespace AgentTeams.SemanticKernel;

/// <summary>Runs of Semantic Kernel's orchestrations as trajectories and as rollouts.</summary>
public static class RecordedOrchestrations
{
    /// <summary>
    /// Runs an orchestration of recorded agents once, on a runtime of its own, and ends the recording with what became of it. A failure of an
    /// agent ends the run at once, and the recorder's token cancels it.
    /// </summary>
    /// <param name="recorder">The recorder for which its agents were wrapped.</param>
    /// <param name="orchestration">The orchestration.</param>
    /// <param name="input">What it works on.</param>
    /// <param name="outcome">The run's result as text; null for the text itself, of several texts one on each line, in ordinal order.</param>
    /// <param name="group">Trajectories that are compared with each other share a group; null for the key's task.</param>
    public static Task<Trajectory> RecordAsync<TInput, TOutput>(
        this AgentRecorder recorder, AgentOrchestration<TInput, TOutput> orchestration, TInput input, Func<TOutput, string?>? outcome = null, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(orchestration);
        return recorder.RecordRunAsync(async token => (outcome ?? TextOf)(await RunAsync(orchestration, input, token).ConfigureAwait(false)), group);
    }

    /// <summary>Rollouts that each build an orchestration of recorded agents and run it once: what <c>TaskSet.Create</c> and the trainer take.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <typeparam name="TOutput">What the orchestration results in.</typeparam>
    /// <param name="name">A name for what the agents do together.</param>
    /// <param name="build">Builds the orchestration from agents that are wrapped for this recorder.</param>
    /// <param name="input">What the agents are told of a task.</param>
    /// <param name="outcome">The run's result as text; null for the text itself, of several texts one on each line, in ordinal order.</param>
    /// <example>
    /// <code>
    /// var rollout = RecordedOrchestrations.Rollout("math",
    ///     recorder => new SequentialOrchestration(planner.Recorded(recorder), coder.Recorded(recorder)), (Problem p) => p.Question);
    /// var tasks = TaskSet.Create(problems, p => p.Question, rollout);
    /// </code>
    /// </example>
    public static Rollout<TTask> Rollout<TTask, TOutput>(
        string name, Func<AgentRecorder, AgentOrchestration<string, TOutput>> build, Func<TTask, string> input, Func<TOutput, string?>? outcome = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(input);
        return Rollouts.Recorded(name, (AgentRecorder recorder, TTask task) => recorder.RecordAsync(build(recorder), input(task), outcome));
    }

    private static async Task<TOutput> RunAsync<TInput, TOutput>(AgentOrchestration<TInput, TOutput> orchestration, TInput input, CancellationToken cancellationToken)
    {
        await using var runtime = new RolloutRuntime(cancellationToken);
        using var result = await orchestration.InvokeAsync(input, runtime, cancellationToken).ConfigureAwait(false);
        var value = result.GetValueAsync(cancellationToken: CancellationToken.None).AsTask();
        try
        {
            await (await Task.WhenAny(value, runtime.Failure).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            return await value.ConfigureAwait(false);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } cause)
        {
            throw new AgentTeamsException($"The orchestration '{orchestration.GetType().Name}' failed: {cause.GetType().Name}: {cause.Message} Mend the agent or its function.", cause);
        }
    }

    private static string? TextOf<TOutput>(TOutput output) => output switch
    {
        string text => text,
        IEnumerable<string> texts => string.Join('\n', texts.Order(StringComparer.Ordinal)),
        ChatMessageContent message => message.Content,
        IEnumerable<ChatMessageContent> messages => string.Join('\n', messages.Select(m => m.Content ?? "").Order(StringComparer.Ordinal)),
        _ => output?.ToString(),
    };
}
