namespace AgentTeams.Hosting;

/// <summary>How a workflow answers over HTTP.</summary>
public sealed record WorkflowEndpointOptions
{
    /// <summary>Whether event streams tell replies while they are being written.</summary>
    /// <value>True by default.</value>
    public bool StreamReplies { get; init; } = true;

    /// <summary>What becomes of a run when nobody who asked for it is connected any more.</summary>
    /// <value><see cref="DisconnectBehavior.Cancel"/> by default.</value>
    public DisconnectBehavior OnDisconnect { get; init; }
}

/// <summary>What becomes of a run when nobody who asked for it is connected any more.</summary>
public enum DisconnectBehavior
{
    /// <summary>It is cancelled; where a store keeps it, it goes on when it is asked for again.</summary>
    Cancel,

    /// <summary>It goes on until its end or that of the application; needs a store, from which whoever asks later is told of it.</summary>
    GoOn,
}
