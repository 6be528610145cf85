namespace AgentTeams.Rl;

/// <summary>A loss or its gradient became infinite or not a number. No weight was changed by it.</summary>
public sealed class NonFiniteLossException : AgentTeamsException
{
    /// <summary>Creates an exception without a message; prefer the other constructors.</summary>
    public NonFiniteLossException() { }

    /// <summary>Creates an exception with a message.</summary>
    public NonFiniteLossException(string message) : base(message) { }

    /// <summary>Creates an exception with a message and a cause.</summary>
    public NonFiniteLossException(string message, Exception? innerException) : base(message, innerException) { }

    internal NonFiniteLossException(TrainingRow row, string what)
        : base($"The {what} of node '{row.NodeId}' (role '{row.Role}', trajectory '{row.TrajectoryId}'). Nothing was updated; lower the learning rate, clip "
            + "the ratio, or look at that call's rewards.")
    {
        Role = row.Role;
        TrajectoryId = row.TrajectoryId;
        NodeId = row.NodeId;
    }

    /// <summary>The role of the first row that is at fault.</summary>
    public string? Role { get; }

    /// <summary>The trajectory of the first row that is at fault.</summary>
    public string? TrajectoryId { get; }

    /// <summary>The node of the first row that is at fault.</summary>
    public string? NodeId { get; }
}
