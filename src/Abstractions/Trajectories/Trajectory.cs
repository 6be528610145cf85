using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace AgentTeams;

/// <summary>One recorded run of a workflow: a graph of model and tool calls, its outcome and its rewards.</summary>
/// <example>
/// <code>
/// RecordedRun&lt;MathState&gt; run = await workflow.RecordAsync(new MathState("6 apples and 2 more"), runtime);
/// Trajectory trajectory = run.Trajectory;
/// foreach (TrajectoryNode node in trajectory.Nodes) Console.WriteLine(node);
/// Trajectory scored = trajectory with { Rewards = [Reward.ForTrajectory("outcome", 1)] };
/// </code>
/// </example>
public sealed record Trajectory
{
    /// <summary>The version of the published JSON schema that this library writes.</summary>
    public const int CurrentSchemaVersion = 2;

    private readonly ImmutableArray<TrajectoryNode> _nodes = [];
    private readonly ImmutableArray<Reward> _rewards = [];

    /// <summary>The version of the JSON schema.</summary>
    [JsonPropertyOrder(-2)]
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Unique in a store; derived from the seed key, so a resumed run produces the same id again.</summary>
    [JsonPropertyOrder(-1)]
    public required string Id { get; init; }

    /// <summary>The workflow's name.</summary>
    [JsonPropertyName("workflow")]
    public required string WorkflowName { get; init; }

    /// <summary>The task that was worked on.</summary>
    [JsonPropertyName("task")]
    public required string TaskId { get; init; }

    /// <summary>Trajectories that are compared with each other share a group.</summary>
    [JsonPropertyName("group")]
    public required string GroupId { get; init; }

    /// <summary>Which of the group's samples this is, zero-based.</summary>
    [JsonPropertyName("sample")]
    public int SampleIndex { get; init; }

    /// <summary>The key that addresses the run, by which it can be run again; null where it was not recorded by this library.</summary>
    public SeedKey? Key { get; init; }

    /// <summary>How the run ended.</summary>
    public required TrajectoryStatus Status { get; init; }

    /// <summary>The run's result as text, or null when it failed.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why the run failed; null unless it did.</summary>
    public NodeError? Error { get; init; }

    /// <summary>What the run depended on besides its key, where a rollout runner made it; null otherwise.</summary>
    public RolloutOrigin? Origin { get; init; }

    /// <summary>What was noted beside the run, for example versions and prices; null unless someone noted something.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <summary>Tokens over all model calls.</summary>
    public TokenUsage Usage { get; init; } = new();

    /// <summary>The trajectory this one was forked from, or null.</summary>
    public string? ParentId { get; init; }

    /// <summary>The node of the parent after which this trajectory went its own way.</summary>
    public string? ForkNodeId { get; init; }

    /// <summary>The calls in commit order; parents come before children.</summary>
    /// <exception cref="AgentTeamsException">An id is used twice, or a parent is not an earlier node.</exception>
    [JsonConverter(typeof(SharedInputConverter))]
    public ImmutableArray<TrajectoryNode> Nodes
    {
        get => _nodes;
        init
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var node in value)
            {
                foreach (var parent in node.Parents)
                    Guard.Require(seen.Contains(parent), $"The node '{node.Id}' of trajectory '{Id}' names the parent '{parent}', which is no earlier node.");
                Guard.Require(seen.Add(node.Id), $"The trajectory '{Id}' has two nodes with the id '{node.Id}'.");
            }

            _nodes = value;
        }
    }

    /// <summary>
    /// Who sat in which role's seat, in the order of the first calls. A role whose weights were exchanged during the run has a seat for each of their versions.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<Seat> Seats =>
    [
        .. _nodes.Where(n => n is { Kind: NodeKind.Role, Role: not null }).Select(n => (n.Role, Policy: n.Tokens?.Policy ?? n.Policy, n.Tokens?.WeightsVersion))
            .Where(n => n.Policy is not null).Select(n => new Seat(n.Role!, n.Policy!, n.WeightsVersion)).Distinct(),
    ];

    /// <summary>Rewards at trajectory, turn, role and node level.</summary>
    /// <exception cref="AgentTeamsException">A value is not finite.</exception>
    public ImmutableArray<Reward> Rewards
    {
        get => _rewards;
        init
        {
            foreach (var reward in value) reward.Validate(Id);
            _rewards = value;
        }
    }

    /// <summary>What ran, how it ended and what it was worth, in one line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{WorkflowName} on '{TaskId}' #{SampleIndex} ({Id}): {Status}, {Nodes.Length} nodes, reward {Rewards.Sum(r => r.Weight * r.Value):0.###}, outcome "
            + $"{Outcome ?? "none"}");
}

/// <summary>How a run ended.</summary>
public enum TrajectoryStatus
{
    /// <summary>The workflow reached its end.</summary>
    Completed,

    /// <summary>A node failed and nothing handled it.</summary>
    Failed,

    /// <summary>The run was cancelled.</summary>
    Cancelled,

    /// <summary>The run waits for an answer from outside, and goes on when it is given.</summary>
    Waiting,
}

/// <summary>Counts of tokens.</summary>
/// <param name="InputTokens">Tokens read by models.</param>
/// <param name="OutputTokens">Tokens written by models.</param>
public sealed record TokenUsage(long InputTokens = 0, long OutputTokens = 0);
