namespace AgentTeams.Runs;

/// <summary>Makes the stages of a plan.</summary>
public static class Stage
{
    /// <summary>Supervised fine-tuning on examples.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="examples">What the roles should say.</param>
    /// <param name="validation">Examples that are never trained on, by which training stops early and the best weights are kept; none by default.</param>
    /// <param name="options">How it is trained; every value has a default.</param>
    /// <param name="onBase">Whether the models' own weights learn where roles have adapters; see <see cref="SftRows.From"/>.</param>
    public static SupervisedStage Supervise(string name, IEnumerable<SftExample> examples, IEnumerable<SftExample>? validation = null, SftOptions? options = null, bool onBase = false)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return new(name, new SftData([.. examples], [.. validation ?? []]), options ?? new()) { OnBase = onBase };
    }

    /// <summary>Supervised fine-tuning on examples that the team as it is then makes or helps to choose, for example its own runs that succeeded.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="collect">Makes the examples, once; a run that is resumed within the stage reads them back.</param>
    /// <param name="options">How it is trained; every value has a default.</param>
    /// <param name="onBase">Whether the models' own weights learn where roles have adapters; see <see cref="SftRows.From"/>.</param>
    public static SupervisedStage Supervise(string name, Func<StageContext, CancellationToken, Task<SftData>> collect, SftOptions? options = null, bool onBase = false) =>
        new(name, collect, options ?? new()) { OnBase = onBase };

    /// <summary>Reinforcement learning.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">The stage's name.</param>
    /// <param name="tasks">The tasks, and how one is run.</param>
    /// <param name="options">How it is trained; its rewards must be given. Seed, stage, store, logging and clock are the run's, and so is the reference unless one is given, for example a
    /// teacher.</param>
    /// <param name="stop">When to stop before the last step; null, the default, for all steps.</param>
    /// <param name="source">Where the runs come from, for example <c>(tasks, rollouts) => new TreeSource&lt;Problem&gt;(tasks, [2, 2, 2], rollouts)</c>; null, the default, for
    /// independent rollouts of the tasks.</param>
    public static ReinforcementStage<TTask> Reinforce<TTask>(string name, TaskSet<TTask> tasks, RlOptions options, StopRule? stop = null,
        Func<TaskSet<TTask>, RolloutOptions, IExperienceSource>? source = null) => new(name, tasks, options, source) { Stop = stop };

    /// <summary>An evaluation.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">The stage's name, and the evaluation's.</param>
    /// <param name="tasks">The tasks, held out from training as a rule.</param>
    /// <param name="isSuccess">Whether a completed run did what its task asked for.</param>
    /// <param name="options">How often each task is run; every value has a default.</param>
    public static EvaluationStage Evaluate<TTask>(string name, TaskSet<TTask> tasks, Func<TTask, Trajectory, bool> isSuccess, EvaluationOptions? options = null) =>
        new(name, new TeamEvaluator<TTask>(tasks, isSuccess, options));

    /// <summary>An evaluation by an evaluator with measures of its own.</summary>
    /// <param name="name">The stage's name, and the evaluation's.</param>
    /// <param name="evaluator">The evaluator.</param>
    public static EvaluationStage Evaluate(string name, ITeamEvaluator evaluator) => new(name, evaluator);

    /// <summary>Evaluates changed forms of the team: a role alone, a role that says what it said on another task, a role that another model plays.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">The stage's name.</param>
    /// <param name="tasks">The tasks, made from a workflow.</param>
    /// <param name="isSuccess">Whether a completed run did what its task asked for.</param>
    /// <param name="ablations">What is changed.</param>
    /// <param name="options">How often each task is run; every value has a default.</param>
    public static AblationStage<TTask> Ablate<TTask>(string name, TaskSet<TTask> tasks, Func<TTask, Trajectory, bool> isSuccess, IReadOnlyList<Ablation> ablations, EvaluationOptions? options = null) =>
        new(name, tasks, isSuccess, ablations, options ?? new());

    /// <summary>Evaluates teams of several sizes on the same tasks.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">The stage's name; each evaluation is <c>NAME: SIZE</c>.</param>
    /// <param name="sizes">How many agents, for example 1, 2, 4, 8.</param>
    /// <param name="tasks">The tasks as a team of a size runs them.</param>
    /// <param name="isSuccess">Whether a completed run did what its task asked for.</param>
    /// <param name="options">How often each task is run; every value has a default.</param>
    public static SweepStage<TTask> Sweep<TTask>(string name, IReadOnlyList<int> sizes, Func<int, TaskSet<TTask>> tasks, Func<TTask, Trajectory, bool> isSuccess, EvaluationOptions? options = null) =>
        new(name, sizes, tasks, isSuccess, options ?? new());

    /// <summary>Collects pairs of better and worse replies to the same question, as preference training reads them.</summary>
    /// <typeparam name="TTask">What is worked on.</typeparam>
    /// <param name="name">The stage's name.</param>
    /// <param name="tasks">The tasks, and how one is run.</param>
    /// <param name="rewards">What judges the runs.</param>
    /// <param name="options">How many runs are compared; every value has a default.</param>
    public static PreferenceStage<TTask> CollectPreferences<TTask>(string name, TaskSet<TTask> tasks, RewardComposer rewards, PreferenceOptions? options = null) =>
        new(name, tasks, rewards, options ?? new());

    /// <summary>Learns from preference pairs.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="options">How it is trained; every value has a default.</param>
    public static PreferenceTrainingStage Prefer(string name, IEnumerable<PreferencePair> pairs, PreferenceTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new(name, [.. pairs], collectedBy: null, options ?? new());
    }

    /// <summary>Learns from the preference pairs that an earlier stage of the plan collected.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="collectedBy">The name of the stage, made by <c>CollectPreferences</c>.</param>
    /// <param name="options">How it is trained; every value has a default.</param>
    public static PreferenceTrainingStage Prefer(string name, string collectedBy, PreferenceTrainerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(collectedBy);
        return new(name, pairs: null, collectedBy, options ?? new());
    }

    /// <summary>Stores the weights in a registry, and puts them in use where an evaluation is good enough.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="registry">The registry.</param>
    /// <param name="options">What is promoted, and when.</param>
    public static PromotionStage Promote(string name, ModelRegistry registry, PromotionOptions options) => new(name, registry, options);

    /// <summary>Code of your own, done once.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="code">The code; it is run again where the run was killed before it ended.</param>
    public static CodeStage Do(string name, Func<StageContext, CancellationToken, Task> code) => new(name, code);
}
