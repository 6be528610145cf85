using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>
/// Gives a training step what it learns from: groups of runs that are compared with each other. Greedy baselines, trees, stored runs, opponents and curricula are
/// sources; none of them changes the step. What a source draws follows from the request's key, so that a resumed training draws the same.
/// </summary>
public interface IExperienceSource
{
    /// <summary>The groups of a step.</summary>
    /// <param name="request">What the step asks for.</param>
    /// <param name="cancellationToken">Ends the runs.</param>
    Task<IReadOnlyList<ExperienceGroup>> SampleAsync(ExperienceRequest request, CancellationToken cancellationToken = default);

    /// <summary>Runs what would have been, for credit rules that ask; null where nobody can.</summary>
    IForkRunner? Forks => null;

    /// <summary>Is told how the groups did, after each step and before the next is asked for.</summary>
    /// <param name="groups">The groups with their rewards.</param>
    void Report(IReadOnlyList<ExperienceGroup> groups) { }
}

/// <summary>A part of a training that remembers something between steps, so that a resumed training goes on where it was.</summary>
public interface IResumablePart
{
    /// <summary>What the part remembers.</summary>
    JsonElement SaveState();

    /// <summary>Takes up what <see cref="SaveState"/> gave.</summary>
    void RestoreState(JsonElement state);
}

/// <summary>What a training step asks a source for.</summary>
public sealed record ExperienceRequest
{
    /// <summary>Run, stage and step; task and sample are the source's to fill in.</summary>
    public required SeedKey Key { get; init; }

    /// <summary>How many tasks.</summary>
    public required int Tasks { get; init; }

    /// <summary>How many rollouts of each.</summary>
    public required int GroupSize { get; init; }

    /// <summary>How many greedy rollouts of each, which are only compared with.</summary>
    public int GreedyRollouts { get; init; }

    /// <summary>Rewards runs, for sources that choose by results; runs that come back are not judged again.</summary>
    public required Func<IReadOnlyList<Trajectory>, CancellationToken, Task<IReadOnlyList<Trajectory>>> Judge { get; init; }
}

/// <summary>Runs that are compared with each other; forks of a run stand beside it.</summary>
public sealed record ExperienceGroup
{
    /// <summary>The runs that are learned from; they share a <see cref="Trajectory.GroupId"/>.</summary>
    public required ImmutableArray<Trajectory> Trajectories { get; init; }

    /// <summary>Runs that are only compared with.</summary>
    /// <value>None by default.</value>
    public ImmutableArray<Trajectory> Greedy { get; init; } = [];

    /// <summary>Whether the runs carry all their rewards already, so that the training's own functions are not asked.</summary>
    /// <value>False by default.</value>
    public bool IsJudged { get; init; }

    /// <summary>
    /// Policies that sat in some seats and are not trained, for example past selves; their calls in these runs and in forks of them are passed over, and so are calls without a token trace.
    /// </summary>
    /// <value>None by default.</value>
    public ImmutableArray<PolicyId> Opponents { get; init; } = [];

    /// <summary>
    /// Roles whose seats were taken by somebody who is not trained, for example by an earlier version of the very policy that is; their calls in these runs and in forks of them are passed over.
    /// </summary>
    /// <value>None by default.</value>
    public ImmutableArray<string> OpponentSeats { get; init; } = [];

    /// <summary>Runs as groups, by <see cref="Trajectory.GroupId"/>.</summary>
    public static IReadOnlyList<ExperienceGroup> Of(IEnumerable<Trajectory> trajectories) =>
        [.. trajectories.GroupBy(t => t.GroupId, StringComparer.Ordinal).Select(g => new ExperienceGroup { Trajectories = [.. g] })];
}
