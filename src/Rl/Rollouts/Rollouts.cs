using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>Ready-made rollouts.</summary>
public static class Rollouts
{
    /// <summary>Each rollout is one recorded run of a workflow.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <typeparam name="TState">The workflow's state.</typeparam>
    /// <param name="workflow">The workflow.</param>
    /// <param name="models">The models behind its roles.</param>
    /// <param name="start">The state in which a task's run begins.</param>
    /// <param name="outcome">The result of a run as text, <see cref="Trajectory.Outcome"/>; the final state as JSON unless given.</param>
    /// <param name="options">Limits and clock of each run; its seed is replaced by the rollout's key.</param>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public static Rollout<TTask> From<TTask, TState>(Workflow<TState> workflow, TeamModels models, Func<TTask, TState> start,
        Func<TState, string?>? outcome = null, WorkflowRunOptions? options = null)
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(start);
        options ??= new();
        OptionChecks.Validate(options);
        var recording = outcome is null ? new RecordingOptions<TState>() : new RecordingOptions<TState> { Outcome = outcome };
        return async (task, key, cancellationToken) =>
        {
            var run = await workflow.RecordAsync(start(task), models.Runtime, options with { Seed = key }, recording, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return run.Trajectory;
        };
    }

    /// <summary>Each rollout is one recorded run of a bound workflow, for example of a pattern or a protocol.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <typeparam name="TInput">What the workflow is given.</typeparam>
    /// <typeparam name="TOutput">What it results in.</typeparam>
    /// <param name="workflow">The workflow.</param>
    /// <param name="models">The models behind its roles.</param>
    /// <param name="input">What it is given for a task.</param>
    /// <param name="outcome">The result of a run as text, <see cref="Trajectory.Outcome"/>; a text as it is, anything else as JSON, unless given.</param>
    /// <param name="options">Limits and clock of each run; its seed is replaced by the rollout's key.</param>
    /// <exception cref="AgentTeamsException">An option is out of range.</exception>
    public static Rollout<TTask> From<TTask, TInput, TOutput>(BoundWorkflow<TInput, TOutput> workflow, TeamModels models, Func<TTask, TInput> input,
        Func<TOutput, string?>? outcome = null, WorkflowRunOptions? options = null)
        where TOutput : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(input);
        options ??= new();
        OptionChecks.Validate(options);
        var recording = new RecordingOptions<TOutput>();
        if (outcome is not null) recording = recording with { Outcome = outcome };
        return async (task, key, cancellationToken) =>
        {
            var run = await workflow.RecordAsync(input(task), models.Runtime, options with { Seed = key }, recording, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return run.Trajectory;
        };
    }

    /// <summary>Each rollout is one episode in an environment; its outcome is the score, which <see cref="EnvironmentReward"/> reads.</summary>
    /// <typeparam name="TTask">A row of the dataset.</typeparam>
    /// <typeparam name="TWorld">The environment's world.</typeparam>
    /// <param name="environment">The environment.</param>
    /// <param name="roles">The roles that act in it.</param>
    /// <param name="models">The models behind the roles.</param>
    /// <param name="play">How it is played; every value has a default.</param>
    /// <param name="options">Limits and clock of each run; its seed is replaced by the rollout's key. Null, the default, for as many steps as all turns need.</param>
    /// <example>
    /// <code>
    /// var tasks = TaskSet.Create(mazes, m => m.Id, Rollouts.From(new MazeEnvironment(), team.Roles, models));
    /// </code>
    /// </example>
    public static Rollout<TTask> From<TTask, TWorld>(TeamEnvironment<TTask, TWorld> environment, IReadOnlyList<Role> roles, TeamModels models,
        EnvironmentOptions? play = null, WorkflowRunOptions? options = null)
        where TTask : notnull
        where TWorld : notnull
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(roles);
        play ??= new();
        // An episode as long as it may be is no run without an end: in each turn every role acts and the world answers.
        options ??= new() { MaxSteps = Math.Max(new WorkflowRunOptions().MaxSteps, checked(play.MaxTurns * (2 * roles.Count + 2) + 2)) };
        return From(environment.ToWorkflow(roles, play), models, (TTask task) => new EnvironmentRun<TTask, TWorld>(task), s => s.Score?.ToString("R", CultureInfo.InvariantCulture), options);
    }

    /// <summary>Each rollout is one recorded run of agents of another framework, or of any program that asks them.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">A name for what the agents do together, the trajectory's <see cref="Trajectory.WorkflowName"/>.</param>
    /// <param name="run">Runs recorded agents once on a task and ends the recording, for example with <see cref="AgentRecorder.RecordRunAsync"/>.</param>
    /// <example>
    /// <code>
    /// var rollout = Rollouts.Recorded&lt;Problem&gt;("math", (recorder, p) => recorder.RecordRunAsync(token => team.SolveAsync(p, recorder, token)));
    /// </code>
    /// </example>
    public static Rollout<TTask> Recorded<TTask>(string name, Func<AgentRecorder, TTask, Task<Trajectory>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return async (task, key, cancellationToken) =>
        {
            var trajectory = await run(new AgentRecorder(name, key, cancellationToken: cancellationToken), task).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return trajectory;
        };
    }
}
