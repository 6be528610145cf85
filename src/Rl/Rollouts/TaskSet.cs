namespace AgentTeams.Rl;

/// <summary>Creates <see cref="TaskSet{TTask}"/>.</summary>
public static class TaskSet
{
    /// <summary>Tasks with a way to run them.</summary>
    /// <param name="tasks">The tasks; at least one.</param>
    /// <param name="id">The id of a task, unique among them; it becomes <see cref="Trajectory.TaskId"/>.</param>
    /// <param name="rollout">Runs the team on a task once; see <see cref="Rollouts"/>.</param>
    /// <exception cref="AgentTeamsException">There are no tasks, an id is empty, or two tasks share one.</exception>
    /// <example>
    /// <code>
    /// var tasks = TaskSet.Create(problems, p => p.Id, Rollouts.From(workflow, models, (Problem p) => new MathState(p.Question), s => s.Value));
    /// </code>
    /// </example>
    public static TaskSet<TTask> Create<TTask>(IEnumerable<TTask> tasks, Func<TTask, string> id, Rollout<TTask> rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return new(tasks, id, rollout, null);
    }

    /// <summary>Tasks, each of which is one recorded run of a workflow. Evaluations may then run the same workflow otherwise: greedily, or with a role changed.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <typeparam name="TState">The workflow's state.</typeparam>
    /// <param name="tasks">The tasks; at least one.</param>
    /// <param name="id">The id of a task, unique among them.</param>
    /// <param name="workflow">The workflow.</param>
    /// <param name="models">The models behind its roles.</param>
    /// <param name="start">The state in which a task's run begins.</param>
    /// <param name="outcome">The result of a run as text, <see cref="Trajectory.Outcome"/>; the final state as JSON unless given.</param>
    /// <param name="options">Limits, sampling and clock of each run.</param>
    /// <example>
    /// <code>
    /// var tasks = TaskSet.Create(problems, p => p.Id, workflow, models, p => new MathState(p.Question), s => s.Value);
    /// </code>
    /// </example>
    public static TaskSet<TTask> Create<TTask, TState>(IEnumerable<TTask> tasks, Func<TTask, string> id, Workflow<TState> workflow, TeamModels models, Func<TTask, TState> start,
        Func<TState, string?>? outcome = null, WorkflowRunOptions? options = null)
        where TState : notnull
    {
        Rollout<TTask> With(Func<WorkflowRunOptions, WorkflowRunOptions> change) => Rollouts.From(workflow, models, start, outcome, change(options ?? new()));
        return new(tasks, id, With(o => o), With);
    }
}

/// <summary>What a team is trained on: tasks, and how one is run.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class TaskSet<TTask>
{
    private readonly Dictionary<string, TTask> _byId = new(StringComparer.Ordinal);
    private readonly Func<TTask, string> _id;
    private readonly Func<Func<WorkflowRunOptions, WorkflowRunOptions>, Rollout<TTask>>? _rolloutWith;

    internal TaskSet(IEnumerable<TTask> tasks, Func<TTask, string> id, Rollout<TTask> rollout, Func<Func<WorkflowRunOptions, WorkflowRunOptions>, Rollout<TTask>>? rolloutWith)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(id);
        (Tasks, _id, Rollout, _rolloutWith) = ([.. tasks], id, rollout, rolloutWith);
        if (Tasks.Count == 0) throw new AgentTeamsException("There are no tasks. Give at least one.");
        if (Tasks.GroupBy(id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new AgentTeamsException($"The task id '{twice.Key}' is used {twice.Count()} times. Give each task its own.");
        foreach (var task in Tasks)
        {
            var name = id(task);
            if (string.IsNullOrEmpty(name)) throw new AgentTeamsException($"The id of the task '{task}' is empty. Give each task an id.");
            _byId[name] = task;
        }
    }

    /// <summary>The tasks, in the order in which they were given.</summary>
    public IReadOnlyList<TTask> Tasks { get; }

    /// <summary>Runs the team on a task once.</summary>
    public Rollout<TTask> Rollout { get; }

    /// <summary>The task of an id.</summary>
    /// <exception cref="AgentTeamsException">There is none.</exception>
    public TTask this[string id] => _byId.TryGetValue(id, out var task) ? task
        : throw new AgentTeamsException($"There is no task '{id}' among the {Tasks.Count} tasks. Judge trajectories of these tasks only.");

    /// <summary>How many tasks there are, and a hash of their ids.</summary>
    public string Fingerprint => $"{Tasks.Count} tasks, {CodeFingerprint.Digits(string.Join('\n', Tasks.Select(_id)))[..16]}";

    /// <summary>Whether <see cref="With"/> can change how the tasks are run: where the set was made from a workflow.</summary>
    public bool CanChange => _rolloutWith is not null;

    /// <summary>The same tasks, run otherwise.</summary>
    /// <param name="change">Changes how each run is made, for example its sampling or its middleware.</param>
    /// <exception cref="AgentTeamsException">The set was made from a rollout of its own, which nobody can change.</exception>
    public TaskSet<TTask> With(Func<WorkflowRunOptions, WorkflowRunOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var with = _rolloutWith ?? throw new AgentTeamsException("The tasks are run by a rollout of their own, which cannot be run otherwise. Create the TaskSet from a workflow.");
        return new(Tasks, _id, with(change), then => with(o => then(change(o))));
    }

    /// <summary>The same tasks, run with each role's likeliest tokens.</summary>
    /// <exception cref="AgentTeamsException">The set was made from a rollout of its own.</exception>
    public TaskSet<TTask> Greedy() => With(o => o with { RoleOptions = role => (o.RoleOptions?.Invoke(role) ?? role.Options) with { Temperature = 0 } });

    /// <summary>The id of a task.</summary>
    public string GetId(TTask task) => _id(task);

    /// <summary>One reward for the whole trajectory, from its task and its result.</summary>
    /// <param name="score">The value of a completed trajectory; must be finite.</param>
    /// <param name="name">The reward's name.</param>
    /// <param name="failed">The value of a trajectory that failed or was cancelled; the score is not asked for it.</param>
    public IRewardFunction Outcome(Func<TTask, Trajectory, double> score, string name = "outcome", double failed = 0)
    {
        ArgumentNullException.ThrowIfNull(score);
        return new OutcomeReward(t => score(this[t.TaskId], t), name, failed);
    }
}
