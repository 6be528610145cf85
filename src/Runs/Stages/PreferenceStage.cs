using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>
/// Runs each task several times and writes pairs of a better and a worse reply to the same question to <c>preferences.jsonl</c> in the stage's folder: a line
/// <c>{"agent", "prompt", "chosen", "rejected", "margin", "task"}</c>, the messages in chat format, as trainers of preferences (DPO) read them.
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class PreferenceStage<TTask> : ITrainingStage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
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
        var pairs = scored.GroupBy(t => t.TaskId, StringComparer.Ordinal).SelectMany(PairsOf).ToList();
        var (path, temporary) = (Path.Combine(context.Directory, "preferences.jsonl"), Path.Combine(context.Directory, "preferences.tmp"));
        await File.WriteAllLinesAsync(temporary, pairs.Select(p => JsonSerializer.Serialize(p, Json)), cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
        yield return new StageStepped(0, new Dictionary<string, double>
        {
            ["preferences/pairs"] = pairs.Count, ["rollouts/failed"] = runs.Count - completed.Count, ["reward"] = scored.Select(ReturnOf).DefaultIfEmpty(double.NaN).Average(),
        });
    }

    private IEnumerable<PreferencePair> PairsOf(IEnumerable<Trajectory> group)
    {
        // A role's first call in two runs of a task is the same question only where nothing differed before it.
        var calls = group.SelectMany(t => t.Nodes.Where(n => n is { Kind: NodeKind.Role, Error: null, Role: not null, Inherited: false, Discarded: false })
            .Select(n => (Run: t, Node: n, Return: ReturnOf(t), Asked: string.Join('\n', n.Input.Select(m => $"{m.Role}:{m.Text}")))));
        foreach (var question in calls.GroupBy(c => (c.Node.Role, c.Asked)))
        {
            var (best, worst) = (question.MaxBy(c => c.Return), question.MinBy(c => c.Return));
            if (best.Return - worst.Return < _options.MinMargin || best.Node.Text == worst.Node.Text) continue;
            yield return new(question.Key.Role!, [.. best.Node.Input.Select(m => new PreferenceMessage(m.Role.Value, m.Text))],
                [new("assistant", best.Node.Text)], [new("assistant", worst.Node.Text)], best.Return - worst.Return, best.Run.TaskId);
        }
    }

    private static double ReturnOf(Trajectory run) => run.Rewards.Sum(r => r.Weight * r.Value);

    private sealed record PreferencePair(string Agent, IReadOnlyList<PreferenceMessage> Prompt, IReadOnlyList<PreferenceMessage> Chosen, IReadOnlyList<PreferenceMessage> Rejected, double Margin, string Task);

    private sealed record PreferenceMessage(string Role, string Content);
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

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(2, Samples).Positive(MinMargin);
}
