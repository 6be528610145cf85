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
    public static TaskSet<TTask> Create<TTask>(IEnumerable<TTask> tasks, Func<TTask, string> id, Rollout<TTask> rollout) => new(tasks, id, rollout);
}

/// <summary>What a team is trained on: tasks, and how one is run.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class TaskSet<TTask>
{
    private readonly Dictionary<string, TTask> _byId = new(StringComparer.Ordinal);
    private readonly Func<TTask, string> _id;

    internal TaskSet(IEnumerable<TTask> tasks, Func<TTask, string> id, Rollout<TTask> rollout)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(rollout);
        (Tasks, _id, Rollout) = ([.. tasks], id, rollout);
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
