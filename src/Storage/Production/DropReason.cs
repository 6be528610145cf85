namespace AgentTeams.Storage;

/// <summary>Why a recorder did not store what it was given.</summary>
public enum DropReason
{
    /// <summary>As much as the recorder may hold was waiting to be written already.</summary>
    QueueFull,

    /// <summary>The store failed, and failed again when it was tried later.</summary>
    StoreFailed,

    /// <summary>A redactor failed, or the record could not be made; it is not stored as it was.</summary>
    NotReadable,

    /// <summary>The store holds another trajectory with the same id. Give each run a seed key of its own.</summary>
    DuplicateId,

    /// <summary>Rewards were given for a trajectory that the store does not hold.</summary>
    UnknownTrajectory,

    /// <summary>The recorder was disposed, or its time to write what waited was over.</summary>
    Closed,
}
