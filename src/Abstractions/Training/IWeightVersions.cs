using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>
/// A model that keeps versions of its policies' weights and samples any of them while it is trained. Weights are exchanged between two passes of sampling: a call that is
/// under way ends with the weights it began with, and its <see cref="TokenTrace.WeightsVersion"/> names them. A version is one copy of what is trained, made when the weights
/// change; versions of adapters share the weights below. All members may be called while others sample.
/// </summary>
/// <example>
/// <code>
/// var before = model.Publish(model.Base);                    // new calls are sampled with these weights, whatever training does
/// var past = model.GetChatClient(model.Base, before);        // and this client with them for good
/// await model.RestoreVersionAsync(model.Base, before);       // training goes on from there
/// </code>
/// </example>
public interface IWeightVersions
{
    /// <summary>The versions of a policy that are kept, oldest first.</summary>
    IReadOnlyList<long> KeptVersions(PolicyId policy);

    /// <summary>Keeps the weights as they are now, until <see cref="DropVersion"/>.</summary>
    /// <returns>The version, as <see cref="ITrainableModel.WeightsVersion"/> numbers it.</returns>
    /// <exception cref="AgentTeamsException">Other weights are kept under the number already, for example those of the same adapter on another base.</exception>
    long KeepVersion(PolicyId policy);

    /// <summary>Forgets a version; calls that are under way end with it.</summary>
    /// <exception cref="WeightsVersionException">The version is not kept.</exception>
    /// <exception cref="AgentTeamsException">The version is published.</exception>
    void DropVersion(PolicyId policy, long version);

    /// <summary>Keeps the weights as they are now and has new calls sampled with them, whatever training does, until others are published.</summary>
    /// <returns>The version.</returns>
    /// <exception cref="AgentTeamsException">Other weights are kept under the number already.</exception>
    long Publish(PolicyId policy);

    /// <summary>Has new calls sampled with the weights as training leaves them, as at the beginning; the version that was published stays kept.</summary>
    void Unpublish(PolicyId policy);

    /// <summary>A client that samples one version of a policy.</summary>
    /// <exception cref="WeightsVersionException">The version is not kept; so do its calls once it is dropped.</exception>
    IChatClient GetChatClient(PolicyId policy, long version);

    /// <summary>
    /// Sets the trained weights back to a kept version, from which training goes on with a new optimiser. It counts as an update, so that no version has two
    /// meanings; a critic's head stays as it is. What checkpoints restore includes the optimiser's state.
    /// </summary>
    /// <returns>The number of the weights from now on.</returns>
    /// <exception cref="WeightsVersionException">The version is not kept.</exception>
    Task<long> RestoreVersionAsync(PolicyId policy, long version, CancellationToken cancellationToken = default);

    /// <summary>Writes all kept versions into an empty folder.</summary>
    Task SaveVersionsAsync(string directory, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps the versions of a folder in place of those that are kept, after <see cref="ITrainableModel.LoadAsync"/> of what was saved at the same time. That forgets all kept versions, as the
    /// numbers begin again where the saved weights stood.
    /// </summary>
    /// <exception cref="AgentTeamsException">The folder is damaged, or belongs to another model.</exception>
    Task LoadVersionsAsync(string directory, CancellationToken cancellationToken = default);
}

/// <summary>A version of a policy's weights is not kept.</summary>
public sealed class WeightsVersionException : AgentTeamsException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="version">The version that was asked for.</param>
    /// <param name="kept">The versions that there are.</param>
    public WeightsVersionException(PolicyId policy, long version, IReadOnlyList<long> kept)
        : base($"The version {version} of '{policy}' is not kept. Kept are: {(kept is { Count: > 0 } ? string.Join(", ", kept) : "none")}. Call KeepVersion or Publish while the "
            + "policy has the weights that are wanted, and DropVersion only when nobody asks for them any more.") =>
        (Policy, Version, Kept) = (policy, version, kept);

    /// <summary>The policy.</summary>
    public PolicyId Policy { get; }

    /// <summary>The version that was asked for.</summary>
    public long Version { get; }

    /// <summary>The versions that there are, oldest first.</summary>
    public IReadOnlyList<long> Kept { get; }
}
