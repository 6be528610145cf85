namespace AgentTeams.Storage;

/// <summary>Rewards were given for a trajectory that a store does not hold.</summary>
/// <param name="trajectoryId">The id that was given.</param>
public sealed class UnknownTrajectoryException(string trajectoryId) : AgentTeamsException(
    $"Rewards were given for the trajectory '{trajectoryId}', which the store does not hold. Give the id of a stored one; a run that was not sampled or was "
    + "dropped has none.")
{
    /// <summary>The id that was given.</summary>
    public string TrajectoryId { get; } = trajectoryId;
}
