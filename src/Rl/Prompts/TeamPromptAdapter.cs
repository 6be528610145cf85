using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>A team whose prompts are improved: a task's score is the weighted sum of its run's rewards; examples are a role's calls, or a tool's, with the rewards as feedback.</summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class TeamPromptAdapter<TTask> : IPromptAdapter
{
    private readonly TaskSet<TTask> _tasks;
    private readonly RewardComposer _rewards;
    private readonly Func<TTask, Trajectory, string?>? _feedback;

    /// <summary>Creates an adapter.</summary>
    /// <param name="tasks">The tasks, made from a workflow.</param>
    /// <param name="rewards">What judges the runs.</param>
    /// <param name="feedback">What to say of a run besides its rewards, for example what the right answer was; null, the default, for nothing. The more it says, the more is learned from a run.</param>
    /// <exception cref="AgentTeamsException">The tasks are run by a rollout of their own, which takes no other prompts.</exception>
    public TeamPromptAdapter(TaskSet<TTask> tasks, RewardComposer rewards, Func<TTask, Trajectory, string?>? feedback = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(rewards);
        if (!tasks.CanChange) throw new AgentTeamsException("The tasks are run by a rollout of their own, which cannot be given other prompts. Create the TaskSet from a workflow, or write an IPromptAdapter.");
        (_tasks, _rewards, _feedback) = (tasks, rewards, feedback);
    }

    /// <summary>How many runs go on at once.</summary>
    /// <value>At least 1; 16 by default.</value>
    public int MaxConcurrency { get; init; } = 16;

    /// <inheritdoc/>
    /// <exception cref="RolloutsFailedException">Runs broke for reasons that are not the prompts', so that their score would say nothing about these.</exception>
    public async Task<IReadOnlyList<PromptTrial>> EvaluateAsync(PromptSet prompts, IReadOnlyList<string> tasks, SeedKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(key);
        var prompted = _tasks.With(o => o with { Middleware = [prompts.ToMiddleware(), .. o.Middleware] });
        var runner = new RolloutRunner<TTask>(prompted.Rollout, prompted.GetId, new() { MaxConcurrency = MaxConcurrency });
        var runs = await runner.RunAsync([.. tasks.Select(t => _tasks[t])], 1, key, cancellationToken).ConfigureAwait(false);
        Trajectory[] broken = [.. runs.Where(RolloutsFailedException.IsBroken)];
        if (broken.Length > 0) throw new RolloutsFailedException($"The trial of the prompts {prompts.Version}", broken);
        return [.. (await _rewards.ScoreAsync(runs, cancellationToken).ConfigureAwait(false)).Select(run => new PromptTrial(run.TaskId, Totals.Of(run), run))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<PromptExample> Reflect(PromptComponent component, IReadOnlyList<PromptTrial> trials)
    {
        ArgumentNullException.ThrowIfNull(component);
        ArgumentNullException.ThrowIfNull(trials);
        return [.. trials.SelectMany(trial => trial.Trajectory.Nodes.Where(n => Concerns(component, n)).Select(n => new PromptExample(ShownOf(component, n), SaidOf(component, n), FeedbackOf(trial, n))))];
    }

    private static bool Concerns(PromptComponent component, TrajectoryNode node) => component.Kind == PromptComponentKind.Tool
        ? node.Kind == NodeKind.Tool && node.ToolName == component.Name
        : node.Kind == NodeKind.Role && node.Role == component.Name;

    private static string ShownOf(PromptComponent component, TrajectoryNode node) => component.Kind == PromptComponentKind.Tool
        ? node.Arguments?.ToString() ?? ""
        : string.Join('\n', node.Input.Where(m => m.Role != ChatRole.System).Select(SaidIn));

    private static string SaidOf(PromptComponent component, TrajectoryNode node) =>
        node.Error is { } error ? $"{error.Type}: {error.Message}" : component.Kind == PromptComponentKind.Tool ? node.Result?.ToString() ?? "" : string.Join('\n', node.Output.Select(SaidIn));

    private static string SaidIn(ChatMessage message) => string.Join('\n', message.Contents.Select(ContentText.Describe));

    private string FeedbackOf(PromptTrial trial, TrajectoryNode node)
    {
        var run = trial.Trajectory;
        var lines = new List<string> { string.Create(CultureInfo.InvariantCulture, $"The team's run was worth {trial.Score:0.###}; it ended with '{run.Outcome ?? run.Error?.Message ?? "nothing"}'.") };
        lines.AddRange(run.Rewards.Where(r => r.Target.Role is null || r.Target.Role == node.Role).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Name}: {r.Value:0.###}")));
        if (_feedback?.Invoke(_tasks[run.TaskId], run) is { Length: > 0 } said) lines.Add(said);
        return string.Join('\n', lines);
    }
}
