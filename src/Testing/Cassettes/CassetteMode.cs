namespace AgentTeams.Testing;

/// <summary>What a <see cref="ChatCassette"/> does with a request.</summary>
public enum CassetteMode
{
    /// <summary>Replies as was recorded, and fails for what was not: no network.</summary>
    Replay,

    /// <summary>Replies as was recorded; what was not is asked of the model, and recorded.</summary>
    RecordMissing,

    /// <summary>Forgets what was recorded, asks the model everything, and records it.</summary>
    Record,
}
