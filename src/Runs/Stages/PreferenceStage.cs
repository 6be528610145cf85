using System.Runtime.CompilerServices;

namespace AgentTeams.Runs;

/// <summary>
/// Runs each task several times and writes pairs of a better and a worse reply to the same question to <c>preferences.jsonl</c> in the stage's folder: a line
/// <c>{"agent", "prompt", "chosen", "rejected", "margin", "task"}</c>, the messages in chat format, as trainers of preferences (DPO) read them. <see cref="PreferencePair"/> says
/// what a reply is worth; <c>Stage.Prefer</c> learns from the pairs.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class PreferenceStage<TTask> : ITrainingStage
{
    internal const string FileName = "preferences.jsonl";

    private readonly TaskSet<TTask> _tasks;
    private readonly RewardComposer _rewards;
    private readonly PreferenceOptions _options;

    internal PreferenceStage(string name, TaskSet<TTask> tasks, RewardComposer rewards, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(rewards);
        (Name, _tasks, _rewards, _options) = (name, tasks, rewards, options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Kind => "preferences";

    /// <inheritdoc/>
    public int? Steps => 1;

    /// <inheritdoc/>
    public object Options => new { Preferences = _options, Rewards = _rewards, Tasks = _tasks.Fingerprint };

    /// <inheritdoc/>
    public bool IsStepAtomic => true;

    /// <summary>It trains nothing.</summary>
    public IReadOnlyCollection<PolicyId> TrainedPolicies(TrainingPlan plan) => [];

    /// <inheritdoc/>
    public IEnumerable<string> ProblemsWith(TrainingPlan plan) => OptionChecks.ProblemsOf(_options);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> RunAsync(StageContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.StepsDone > 0) yield break;
        var runs = await new RolloutRunner<TTask>(_tasks.Rollout, _tasks.GetId, context.Rollouts).RunAsync(_tasks.Tasks, _options.Samples, context.Key, cancellationToken).ConfigureAwait(false);
        var completed = runs.Where(r => r.Status == TrajectoryStatus.Completed).ToList();
        var scored = await _rewards.ScoreAsync(completed, cancellationToken).ConfigureAwait(false);
        await context.Store.SetRewardsAsync(scored, cancellationToken).ConfigureAwait(false);
        var pairs = (_options.OfTeams ? PreferencePair.OfTeams(scored, _options.MinMargin) : PreferencePair.From(scored, _options.MinMargin)).ToList();
        await PreferencePair.WriteAsync(Path.Combine(context.Directory, FileName), pairs, cancellationToken).ConfigureAwait(false);
        yield return new StageStepped(0, new Dictionary<string, double>
        {
            ["preferences/pairs"] = pairs.Count, ["rollouts/failed"] = runs.Count - completed.Count, ["reward"] = scored.Select(t => t.Rewards.Sum(r => r.Weight * r.Value)).DefaultIfEmpty(double.NaN).Average(),
        });
    }
}

/// <summary>How preference pairs are collected.</summary>
public sealed record PreferenceOptions : IChecked
{
    /// <summary>Runs of each task.</summary>
    /// <value>At least 2; 4 by default.</value>
    public int Samples { get; init; } = 4;

    /// <summary>The least difference of the returns of a pair.</summary>
    /// <value>Above 0; 1e-6 by default.</value>
    public double MinMargin { get; init; } = 1e-6;

    /// <summary>Whether a pair is all that the team said in a task's best and worst run (<see cref="PreferencePair.OfTeams"/>), instead of two replies to one question.</summary>
    /// <value>False by default.</value>
    public bool OfTeams { get; init; }

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(2, Samples).Positive(MinMargin);
}
