using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Rl;

/// <summary>
/// A run that is run again with something changed. Calls that are asked the same as in the parent get the parent's reply at no cost; all others are sampled with the
/// parent's random numbers, so that the difference of the two outcomes is that of the change alone (common random numbers). Works for any rollout that
/// asks <see cref="TeamModels.GetChatClient"/>, whatever its graph; tools and functions run again.
/// </summary>
/// <example>
/// <code>
/// var twin = new Fork { Parent = run, Calls = new Dictionary&lt;string, CallChange&gt; { ["plan"] = CallChange.Resample } };
/// </code>
/// </example>
public sealed record Fork
{
    /// <summary>The run to depart from.</summary>
    public required Trajectory Parent { get; init; }

    /// <summary>Changed calls, by the id of the parent's node.</summary>
    /// <value>None by default.</value>
    public IReadOnlyDictionary<string, CallChange> Calls { get; init; } = ImmutableDictionary<string, CallChange>.Empty;

    /// <summary>Roles all of whose calls are changed, also those that the parent did not come to.</summary>
    /// <value>None by default.</value>
    public IReadOnlyDictionary<string, CallChange> Roles { get; init; } = ImmutableDictionary<string, CallChange>.Empty;

    /// <summary>Tells forks apart that change the same: each draws its own random numbers for what is resampled.</summary>
    /// <value>At least 0; 0 by default.</value>
    public int Sample { get; init; }

    /// <summary>
    /// Whether all that follows a change draws random numbers of its own too, as another branch of a tree does; otherwise only the changed calls do.
    /// </summary>
    /// <value>False by default.</value>
    public bool IsBranch { get; init; }

    /// <summary>The id of the trajectory; equal forks of a run have equal ids.</summary>
    internal string Id
    {
        get
        {
            var calls = Calls.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}: {c.Value}");
            var roles = Roles.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}: {r.Value}");
            return CodeFingerprint.Digits(string.Create(CultureInfo.InvariantCulture,
                $"{Parent.Id}\n{string.Join('\n', calls)}\n\n{string.Join('\n', roles)}\n{Sample} {IsBranch}"));
        }
    }
}

/// <summary>Runs forks.</summary>
public interface IForkRunner
{
    /// <summary>Runs forks concurrently.</summary>
    /// <param name="forks">The forks; their parents were run with <see cref="Trajectory.Key"/> by the same rollout.</param>
    /// <param name="cancellationToken">Ends all runs.</param>
    /// <returns>
    /// A trajectory for each, in order, not yet rewarded: a branch of its parent, whose calls that were the parent's are
    /// <see cref="TrajectoryNode.Inherited"/> and are neither credited nor trained again.
    /// </returns>
    /// <exception cref="AgentTeamsException">A parent cannot be run again, or does not have a call that is to be changed.</exception>
    Task<IReadOnlyList<Trajectory>> RunAsync(IReadOnlyList<Fork> forks, CancellationToken cancellationToken = default);
}
