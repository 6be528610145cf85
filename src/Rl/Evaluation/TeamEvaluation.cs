using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AgentTeams.Rl;

/// <summary>How well a team did on tasks: one form for every kind of evaluation, so that any two on the same tasks can be compared.</summary>
public sealed record TeamEvaluation
{
    /// <summary>What was evaluated, for people, for example "before".</summary>
    public required string Name { get; init; }

    /// <summary>How often a run succeeded, over all samples of all tasks.</summary>
    public required SuccessRate Success { get; init; }

    /// <summary>The unbiased estimate of the probability that at least one of k samples succeeds, the mean over the tasks, by k.</summary>
    public ImmutableSortedDictionary<int, double> PassAtK { get; init; } = ImmutableSortedDictionary<int, double>.Empty;

    /// <summary>
    /// The share of tasks in which the commonest outcome of the first k samples is right, the earlier one where two are as common
    /// (self-consistency; Wang et al. 2022), by k.
    /// </summary>
    public ImmutableSortedDictionary<int, double> MajorityAtK { get; init; } = ImmutableSortedDictionary<int, double>.Empty;

    /// <summary>What else was measured: the mean over the runs of which a measure says something, NaN where it says nothing of any.</summary>
    public ImmutableSortedDictionary<string, double> Measures { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>What each role used in all runs together.</summary>
    public ImmutableSortedDictionary<string, RoleUsage> Roles { get; init; } = ImmutableSortedDictionary<string, RoleUsage>.Empty;

    /// <summary>Runs that did not come to an end, for whatever reason; they are no successes.</summary>
    public int Failed { get; init; }

    /// <summary>How each task went, in the order of the tasks.</summary>
    public required ImmutableArray<EvaluatedTask> Tasks { get; init; }

    /// <summary>avg@n: the mean success.</summary>
    [JsonIgnore]
    public double Average => Success.Rate;

    /// <summary>Whether another evaluation of the same tasks is better than this one, by the paired bootstrap.</summary>
    /// <param name="other">The other.</param>
    /// <param name="random">The source of resamples.</param>
    /// <exception cref="AgentTeamsException">They are of other tasks.</exception>
    public PairedComparison CompareTo(TeamEvaluation other, Random random)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!Tasks.Select(t => t.TaskId).SequenceEqual(other.Tasks.Select(t => t.TaskId)))
            throw new AgentTeamsException($"The evaluations '{Name}' and '{other.Name}' are of other tasks, {Tasks.Length} and {other.Tasks.Length}. Compare evaluations of the same tasks.");
        return PairedBootstrap.Compare([.. Tasks.Select(t => t.Rate)], [.. other.Tasks.Select(t => t.Rate)], random);
    }
}

/// <summary>How one task went.</summary>
/// <param name="TaskId">The task's id.</param>
/// <param name="Successes">How many of its runs succeeded.</param>
/// <param name="TrajectoryIds">Its runs.</param>
public sealed record EvaluatedTask(string TaskId, int Successes, ImmutableArray<string> TrajectoryIds)
{
    /// <summary>The share of its runs that succeeded, 0 to 1.</summary>
    [JsonIgnore]
    public double Rate => TrajectoryIds.IsEmpty ? 0 : (double)Successes / TrajectoryIds.Length;
}

/// <summary>What a role used.</summary>
/// <param name="Calls">Model calls.</param>
/// <param name="InputTokens">Tokens that it read.</param>
/// <param name="OutputTokens">Tokens that it wrote.</param>
/// <param name="ToolCalls">Tools that it called.</param>
/// <param name="Latency">The mean duration of a model call.</param>
/// <param name="Cost">What its calls cost; null where nobody knows.</param>
public sealed record RoleUsage(long Calls, long InputTokens, long OutputTokens, long ToolCalls, TimeSpan Latency, decimal? Cost)
{
    /// <summary>What each role used in some runs.</summary>
    /// <param name="trajectories">The runs.</param>
    /// <param name="prices">The price of a model by its id; null where nobody knows.</param>
    public static ImmutableSortedDictionary<string, RoleUsage> Of(IEnumerable<Trajectory> trajectories, Func<string, TokenPrice>? prices = null)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        return trajectories.SelectMany(t => t.Nodes).Where(n => n.Role is not null && !n.Inherited).GroupBy(n => n.Role!, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(g => g.Key, g => Of([.. g.Where(n => n.Kind == NodeKind.Role)], g.Count(n => n.Kind == NodeKind.Tool), prices), StringComparer.Ordinal);
    }

    private static RoleUsage Of(IReadOnlyList<TrajectoryNode> calls, int tools, Func<string, TokenPrice>? prices) => new(
        calls.Count,
        calls.Sum(c => c.Usage?.InputTokens ?? 0),
        calls.Sum(c => c.Usage?.OutputTokens ?? 0),
        tools,
        calls.Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)calls.Average(c => c.Duration.Ticks)),
        prices is null ? null : calls.Sum(c => c.Usage is { } used ? prices(c.Policy?.Model ?? "").CostOf(used) : 0));
}
