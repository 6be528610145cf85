using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// Chooses tasks that are neither solved nor hopeless: each with a weight of p (1 - p) + <see cref="CurriculumOptions.Floor"/>, where p is how often it succeeded lately
/// (the variance of a success, and so about what a group of rollouts can teach; Foster and Foerster 2025, Learning to Reason at the Frontier of Learnability).
/// </summary>
/// <typeparam name="TTask">What is worked on.</typeparam>
public sealed class CurriculumSource<TTask> : IExperienceSource, IResumablePart
{
    private readonly TaskSet<TTask> _tasks;
    private readonly CurriculumOptions _options;
    private readonly TaskSource<TTask> _source;
    private Dictionary<string, double> _success = new(StringComparer.Ordinal);

    /// <summary>Creates a source.</summary>
    /// <param name="tasks">The tasks, and how one is run.</param>
    /// <param name="options">How tasks are chosen; null for every default.</param>
    /// <param name="rollouts">Store, models and concurrency; null for every default.</param>
    /// <exception cref="AgentTeamsException">Options are out of range.</exception>
    public CurriculumSource(TaskSet<TTask> tasks, CurriculumOptions? options = null, RolloutOptions? rollouts = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        (_tasks, _options) = (tasks, options ?? new());
        OptionChecks.Validate(_options);
        _source = new(tasks, rollouts) { Choose = Choose };
    }

    /// <inheritdoc/>
    public IForkRunner Forks => _source.Forks;

    /// <summary>How often each task succeeded lately, by its id; tasks that were not tried yet are missing.</summary>
    public IReadOnlyDictionary<string, double> Success => _success;

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default) =>
        _source.SampleAsync(request, cancellationToken);

    /// <inheritdoc/>
    public void Report(IReadOnlyList<ExperienceGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var task in groups.SelectMany(g => g.Trajectories).Where(t => !t.Rewards.IsEmpty).GroupBy(t => t.TaskId, StringComparer.Ordinal))
        {
            var now = task.Average(t => Totals.Of(t) >= _options.SuccessAt ? 1.0 : 0);
            _success[task.Key] = _success.TryGetValue(task.Key, out var before) ? before + _options.Rate * (now - before) : now;
        }
    }

    /// <inheritdoc/>
    public JsonElement SaveState() => JsonSerializer.SerializeToElement(new SortedDictionary<string, double>(_success, StringComparer.Ordinal));

    /// <inheritdoc/>
    public void RestoreState(JsonElement state) => _success = new(state.Deserialize<Dictionary<string, double>>() ?? [], StringComparer.Ordinal);

    // Without replacement, by exponential keys (Efraimidis and Spirakis 2006).
    private List<TTask> Choose(ExperienceRequest request)
    {
        var random = (request.Key with { Node = "curriculum" }).ToRandom();
        return [.. _tasks.Tasks.Select(t => (Task: t, Key: Math.Log(1 - random.NextDouble()) / WeightOf(_tasks.GetId(t))))
            .OrderByDescending(t => t.Key).Take(request.Tasks).Select(t => t.Task)];
    }

    // What was never tried may teach as much as anything.
    private double WeightOf(string task) => (_success.TryGetValue(task, out var p) ? p * (1 - p) : 0.25) + _options.Floor;
}

/// <summary>How a curriculum chooses.</summary>
public sealed record CurriculumOptions : IChecked
{
    /// <summary>The total reward from which a run counts as a success.</summary>
    /// <value>Finite; 1 by default.</value>
    public double SuccessAt { get; init; } = 1;

    /// <summary>How fast what is known of a task gives way to its newest group.</summary>
    /// <value>Above 0, at most 1; 0.5 by default.</value>
    public double Rate { get; init; } = 0.5;

    /// <summary>Keeps solved and hopeless tasks in the draw, so that nothing is forgotten unnoticed.</summary>
    /// <value>Positive; 0.02 by default.</value>
    public double Floor { get; init; } = 0.02;

    void IChecked.Check(OptionChecks checks) => checks
        .Require(double.IsFinite(SuccessAt), SuccessAt, "a finite number").Require(Rate is > 0 and <= 1, Rate, "a number above 0 and at most 1").Positive(Floor);
}
